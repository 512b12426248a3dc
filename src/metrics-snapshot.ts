// What the metrics show of the database, the same in every process.
import type { Counts } from './concurrency/counts.js';
import type { Owner } from './domain/owner.js';
import type { Quotas } from './domain/quota.js';
import type { MailboxHealth } from './metrics/mailbox-metrics.js';

interface ReportState {
  tenantId: string;
  /** Age in milliseconds of the oldest event that the tenant's application has not acknowledged; 0: there is none. */
  lagMs: number;
  /** Whether a fault of this service broke the last report off. */
  isBroken: boolean;
}

interface QuotaState {
  tenantId: string;
  limits: Quotas;
  used: Pick<Quotas, 'max_accounts' | 'max_queued' | 'max_stored_mb'>;
}

export interface MetricsSnapshot {
  tenants: { id: string; name: string | null; accountIds: string[] }[];
  /** Messages that are not sent yet. */
  depths: (Owner & { priority: number; count: number })[];
  reports: ReportState[];
  /** Of every mailbox for bounces that is to be read. */
  mailboxes: MailboxHealth[];
  /** Of every tenant. */
  quotas: QuotaState[];
  /** What the tenants do at the moment in this process, by their ids. */
  inFlightByTenant: { calls: Counts; sends: Counts };
  /** Whether sending as a whole is on. */
  active: boolean;
}

export type Labels = Record<(typeof labelNames)[number], string>;

export const labelNames = ['tenant_id', 'tenant_name', 'account_id', 'account_name'] as const;

/** Tenants without a name go by their id. */
export function namesOf(tenants: MetricsSnapshot['tenants']): Map<string, string> {
  return new Map(tenants.map(({ id, name }) => [id, name ?? id]));
}

export function labelsOf({ tenantId, accountId }: Owner, names: Map<string, string>): Labels {
  const account = accountId ?? 'default';
  return {
    tenant_id: tenantId,
    tenant_name: names.get(tenantId) ?? tenantId,
    account_id: account,
    account_name: account,
  };
}
