// When a tenant's application is called next without events.
import type { CallTimes } from '../store/events/sync-times.js';
import type { Answer } from './read-answer.js';

/** The pause before an application that has more messages to hand in is called again. */
const shortestPauseMs = 100;
/** The pauses double up to this while the application says that it has more and there are no events. */
const longestPauseMs = 2000;

/**
 * @param before the times as they stood before the call; only needed if the application has more
 * @param reported how many events the call carried
 * @returns milliseconds after `now`, and whether the application asked for the call
 */
export function nextCall(
  answer: Answer,
  before: CallTimes | undefined,
  now: number,
  { reported, intervalMs }: { reported: number; intervalMs: number },
): { afterMs: number; isAgain: boolean } {
  if (answer.quietUntil !== undefined) return { afterMs: answer.quietUntil - now, isAgain: false };
  if (!answer.hasMore) return { afterMs: intervalMs, isAgain: false };
  const longest = Math.min(longestPauseMs, Math.max(shortestPauseMs, intervalMs / 2));
  const last = (before?.nextCallAt ?? 0) - (before?.lastSyncAt ?? 0);
  const isRepeated = reported === 0 && last >= shortestPauseMs && last <= longest;
  return { afterMs: isRepeated ? Math.min(last * 2, longest) : shortestPauseMs, isAgain: true };
}
