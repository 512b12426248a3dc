// When a tenant's application is called next although there is nothing to tell.
import type { CallTimes } from '../store/events/sync-times.js';
import type { Answer } from './read-answer.js';

/** Between two calls of an application that has more to hand in. */
const shortestPauseMs = 100;
/** Where it says so again and again while there is nothing to tell, each pause is twice as long as the one before. */
const longestPauseMs = 2000;

/**
 * @param before as it stood when the call was made; only needed where it has more
 * @param told how many events the call told of
 * @returns milliseconds after `now`, and whether it asked to be called at once
 */
export function nextCall(
  answer: Answer,
  before: CallTimes | undefined,
  now: number,
  { told, intervalMs }: { told: number; intervalMs: number },
): { afterMs: number; isAgain: boolean } {
  if (answer.quietUntil !== undefined) return { afterMs: answer.quietUntil - now, isAgain: false };
  if (!answer.hasMore) return { afterMs: intervalMs, isAgain: false };
  const longest = Math.min(longestPauseMs, Math.max(shortestPauseMs, intervalMs / 2));
  const last = (before?.nextCallAt ?? 0) - (before?.lastSyncAt ?? 0);
  const isRepeated = told === 0 && last >= shortestPauseMs && last <= longest;
  return { afterMs: isRepeated ? Math.min(last * 2, longest) : shortestPauseMs, isAgain: true };
}
