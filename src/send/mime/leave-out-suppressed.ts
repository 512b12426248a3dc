// Leaves out recipients that are on the tenant's suppression list.
import { canonicalAddress } from '../../domain/canonical-address.js';
import type { RecipientResult } from '../../domain/message.js';
import type { ClaimedMessage } from '../../store/messages/claim.js';
import { findSuppressedBatched } from '../../store/suppressions/find-suppressed.js';
import type { Needs } from '../context.js';
import { retryWhileUnavailable } from '../retry-while-unavailable.js';

/** Recipients that one look-up asks for, so that other work goes on in between. */
const mostAtOnce = 1000;

interface Sorted {
  open: string[];
  /** The results of the others. */
  suppressed: RecipientResult[];
}

/** Asks after the claim, so that an address counts that was added while the message waited. */
export async function leaveOutSuppressed(
  ctx: Needs<'db' | 'clock' | 'log'>,
  { tenantId, hasSuppressions }: ClaimedMessage,
  recipients: string[],
): Promise<Sorted> {
  if (!hasSuppressions) return { open: recipients, suppressed: [] };
  const reasons = new Map<string, string>();
  for (let at = 0; at < recipients.length; at += mostAtOnce) {
    const addresses = recipients.slice(at, at + mostAtOnce);
    const found = await retryWhileUnavailable(ctx, () => findSuppressedBatched(ctx, { tenantId, addresses }));
    for (const [address, reason] of found) reasons.set(address, reason);
  }
  const open: string[] = [];
  const suppressed: RecipientResult[] = [];
  for (const address of recipients) {
    const reason = reasons.get(canonicalAddress(address));
    if (reason === undefined) open.push(address);
    else suppressed.push({ address, status: 'suppressed', error: `On the suppression list: ${reason}` });
  }
  return { open, suppressed };
}
