// How the recipients of a message fared: the results of one attempt, put together with those of earlier ones.
import type { RecipientResult } from '../domain/message.js';
import type { Outcome } from './judge/judge-reply.js';
import { oneLine } from './judge/reply.js';

/** An outcome that is about the message, not about the account. */
export type MessageOutcome = Exclude<Outcome, { kind: 'account_refused' | 'no_room' }>;

/** The result of each recipient of the attempt. A reply that names no recipient holds for all. */
export function resultsOf(recipients: string[], outcome: MessageOutcome): RecipientResult[] {
  const named = 'recipients' in outcome ? outcome.recipients : undefined;
  if (named !== undefined && named.length > 0) return named;
  const status = outcome.kind === 'failed' ? 'error' : 'deferred';
  const code = 'smtpCode' in outcome && outcome.smtpCode !== undefined ? { smtp_code: outcome.smtpCode } : {};
  const error = 'error' in outcome ? { error: oneLine(outcome.error) } : {};
  const reason = 'reason' in outcome && outcome.reason !== undefined ? { reason: outcome.reason } : {};
  return recipients.map((address) => ({ address, status, ...code, ...error, ...reason }));
}

/** The later result of a recipient counts. When nothing is tried again, a deferred recipient has failed. */
export function mergeResults(
  before: RecipientResult[],
  now: RecipientResult[],
  isTriedAgain: boolean,
): RecipientResult[] {
  const all = new Map(before.map((one) => [one.address, one]));
  for (const one of now) all.set(one.address, one);
  return [...all.values()].map((one) =>
    !isTriedAgain && one.status === 'deferred' ? { ...one, status: 'error' } : one,
  );
}

/** Whether the results differ, so that each has to be stored. */
export function areMixed(all: RecipientResult[]): boolean {
  return all.some(({ status }) => status !== all[0]?.status);
}
