// Puts what came back of a message beside the results of its recipients.
import { toUnixSeconds } from '../../clock.js';
import { type BouncedRecipient, rankOf } from '../../domain/bounce/bounced-recipient.js';
import { canonicalAddress } from '../../domain/canonical-address.js';
import type { RecipientResult } from '../../domain/message.js';

/** A mail that came back, or a report on one. */
export interface Returned {
  /** Milliseconds since the epoch. */
  receivedAt: number;
  results: BouncedRecipient[];
}

/** The result of a recipient, with the strongest of its bounces and what else became of its mail. */
interface ReturnedResult extends RecipientResult {
  bounce_type?: 'hard' | 'soft';
  bounce_code?: string;
  bounce_reason?: string;
  bounce_ts?: number;
  complaint_ts?: number;
  delayed_ts?: number;
  delivered_ts?: number;
}

/** @param returned in the order in which it was recorded */
export function withReturned(
  recipients: RecipientResult[] | undefined,
  returned: Returned[],
): ReturnedResult[] | undefined {
  if (recipients === undefined || returned.length === 0) return recipients;
  const byAddress = new Map<string, { rank: number; fields: Partial<ReturnedResult> }>();
  for (const { receivedAt, results } of returned) {
    for (const result of results) {
      const key = canonicalAddress(result.address);
      const before = byAddress.get(key) ?? { rank: 0, fields: {} };
      byAddress.set(key, { ...before, ...add(before, result, toUnixSeconds(receivedAt)) });
    }
  }
  return recipients.map((one) => ({ ...one, ...byAddress.get(canonicalAddress(one.address))?.fields }));
}

function add(
  { rank: best, fields }: { rank: number; fields: Partial<ReturnedResult> },
  result: BouncedRecipient,
  ts: number,
): { rank: number; fields: Partial<ReturnedResult> } {
  const { kind, type, code, reason } = result;
  if (kind !== 'bounce') return { rank: best, fields: { ...fields, [`${kind}_ts`]: ts } };
  const rank = rankOf(result);
  if (rank < best) return { rank: best, fields };
  const bounce = {
    ...(type !== undefined && { bounce_type: type }),
    ...(code !== undefined && { bounce_code: code }),
    ...(reason !== undefined && { bounce_reason: reason }),
  };
  return { rank, fields: { ...fields, ...bounce, bounce_ts: ts } };
}
