// The answer to a call: how many of its messages were queued, and why the others were rejected.
import type { RememberedCall } from '../store/messages/idempotency-keys.js';
import type { Refusal } from '../store/messages/upsert.js';

export interface Acceptance {
  queued: number;
  rejected: { id: string | null; reason: string }[];
  /** Whether every rejected message had been sent before, so that nothing is wrong with the call. */
  onlySentBefore: boolean;
}

/** The reasons of the database, in the words that clients of genro-mail-proxy know. */
export const refusalReasons: Record<Refusal, string> = {
  no_account: 'account not found for tenant',
  already_sent: 'already sent',
  being_sent: 'being sent; try again when it is known how that ended',
};

/** A remembered call gets the same answer again, because the answer is made here both times. */
export function toAcceptance({ queued, rejected, refused }: Omit<RememberedCall, 'bodyHash'>): Acceptance {
  const all = [...rejected, ...refused.map(({ id, why }) => ({ id, reason: refusalReasons[why] }))];
  const sentBefore = refused.filter(({ why }) => why === 'already_sent').length;
  return { queued, rejected: all, onlySentBefore: all.length > 0 && sentBefore === all.length };
}
