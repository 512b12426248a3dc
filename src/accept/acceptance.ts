// The answer to a call: how many of its messages were queued, and why the others were rejected.

import { isPlainName } from '../domain/plain-name.js';
import { overQuota } from '../domain/quota.js';
import type { RememberedCall } from '../store/messages/idempotency-keys.js';
import type { Refusal } from '../store/messages/upsert.js';

export interface Acceptance {
  queued: number;
  rejected: { id: string | null; reason: string }[];
  /** Whether every rejected message had been sent before, so that nothing is wrong with the call. */
  onlySentBefore: boolean;
  /** The quota that kept a message out, in a sentence. */
  overQuota: string | undefined;
}

/** The reasons of the database, in the words that clients of genro-mail-proxy know. */
const refusalReasons = {
  no_tenant: 'does not exist',
  tenant_inactive: 'is not active',
  no_account: 'account not found for tenant',
  already_sent: 'already sent',
  being_sent: 'being sent; try again when it is known how that ended',
};

/** A tenant that does not exist, or is not active, is named if its id is a plain name. */
export function reasonOfRefusal(why: Refusal, tenantId: string): string {
  const reason = quotaIn(why) ?? refusalReasons[why as keyof typeof refusalReasons];
  if (why !== 'no_tenant' && why !== 'tenant_inactive') return reason;
  return isPlainName(tenantId) ? `tenant ${tenantId} ${reason}` : `the tenant of tenant_id ${reason}`;
}

function quotaIn(why: Refusal): string | undefined {
  const [name, limit] = why.split(' ');
  return name === 'max_queued' || name === 'max_stored_mb' ? overQuota(name, Number(limit)) : undefined;
}

/** A remembered call gets the same answer again, because the answer is made here both times. */
export function toAcceptance({ queued, rejected, refused }: Omit<RememberedCall, 'bodyHash'>): Acceptance {
  const all = [
    ...rejected,
    ...refused.map(({ id, why, tenantId }) => ({ id, reason: reasonOfRefusal(why, tenantId) })),
  ];
  const sentBefore = refused.filter(({ why }) => why === 'already_sent').length;
  return {
    queued,
    rejected: all,
    onlySentBefore: all.length > 0 && sentBefore === all.length,
    overQuota: refused.map(({ why }) => quotaIn(why)).find((quota) => quota !== undefined),
  };
}
