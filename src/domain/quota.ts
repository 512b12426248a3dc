// The quotas of a tenant: how much it may have and do at once. No I/O.
import type { Config } from '../config.js';

/** Each quota by the name it has in `limits` of a tenant; 0 means any number. */
export interface Quotas {
  max_accounts: number;
  /** Messages that are not sent yet. */
  max_queued: number;
  /** MiB of the contents of all messages that are kept, sent ones included. */
  max_stored_mb: number;
  /** In each process. */
  max_concurrent_sends: number;
  /** In each process. */
  max_concurrent_calls: number;
}

/** The quotas that the admin has set for one tenant. */
export type TenantLimits = { [K in keyof Quotas]?: number | null | undefined };

/** The quotas of tenants for which the admin has set none. */
export function defaultQuotas(config: Config): Quotas {
  return {
    max_accounts: config.tenantMaxAccounts,
    max_queued: config.tenantMaxQueued,
    max_stored_mb: config.tenantMaxStoredMb,
    max_concurrent_sends: config.tenantMaxConcurrentSends,
    max_concurrent_calls: config.tenantMaxConcurrentCalls,
  };
}

const what: Record<keyof Quotas, string> = {
  max_accounts: 'accounts',
  max_queued: 'messages that are not sent yet',
  max_stored_mb: 'MiB of stored messages',
  max_concurrent_sends: 'sends at once',
  max_concurrent_calls: 'calls at once',
};

export const quotaNames = Object.keys(what) as (keyof Quotas)[];

/** What a caller is told that would exceed a quota. */
export function overQuota(name: keyof Quotas, limit: number): string {
  return `The tenant may have ${limit} ${what[name]} at most (quota ${name})`;
}
