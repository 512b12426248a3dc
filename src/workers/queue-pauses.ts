// Which send queues of this process are paused, and until when. A paused queue asks neither Redis nor the database.
import type { Clock } from '../clock.js';
import { openPauseQueries, type PauseQuery } from './pause-queries.js';

export interface QueuePauses {
  /**
   * Call this before querying whether the queue may send, and `endQuery` afterwards. The queue can be resumed while the
   * query is running; `pause` then ignores the answer, which is outdated.
   */
  beginQuery(queueName: string): PauseQuery;
  endQuery(queueName: string, query: PauseQuery): void;
  /**
   * Pauses the queue because the query said so.
   * @param until milliseconds since the epoch; undefined: until there is new work
   * @returns whether the queue is paused now; not when the answer is outdated
   */
  pause(queueName: string, until: number | undefined, query: PauseQuery): boolean;
  isPaused(queueName: string): boolean;
  /** Whether the queue stays paused for at least `ms` more. */
  isPausedForLong(queueName: string, ms: number): boolean;
  /** There is new work: ends a pause that has no other end. */
  wake(queueName: string): void;
  /** Ends any pause, because its reason may be gone. */
  resume(queueName: string): void;
  close(): void;
}

interface Pause {
  until: number;
  untilWoken: boolean;
  cancel(): void;
}

/** Every pause ends after this at the latest, because the announcement that would end it may have been lost. */
const longestMs = 300_000;

/** @param onResumed called with the name of each queue whose pause has ended */
export function openQueuePauses(clock: Clock, onResumed: (queueName: string) => void): QueuePauses {
  const pauses = new Map<string, Pause>();
  const queries = openPauseQueries();

  function end(queueName: string): void {
    const pause = pauses.get(queueName);
    if (pause === undefined) return;
    pause.cancel();
    pauses.delete(queueName);
    onResumed(queueName);
  }

  function begin(queueName: string, until: number | undefined): void {
    const now = clock.now();
    const endAt = Math.min(until ?? Number.POSITIVE_INFINITY, now + longestMs);
    const known = pauses.get(queueName);
    // Concurrent queries may name different ends. The earliest is right, because the queue is checked again then.
    if (known !== undefined && known.until <= endAt && known.until > now) return;
    known?.cancel();
    const cancel = clock.after(Math.max(0, endAt - now), () => end(queueName));
    pauses.set(queueName, { until: endAt, untilWoken: until === undefined, cancel });
  }

  return {
    beginQuery: queries.begin,
    endQuery: queries.end,
    pause(queueName, until, query) {
      if (query.wasResumed || (query.wasWoken && until === undefined)) return false;
      begin(queueName, until);
      return true;
    },
    isPaused: (queueName) => pauses.has(queueName),
    isPausedForLong: (queueName, ms) => (pauses.get(queueName)?.until ?? 0) - clock.now() >= ms,
    wake(queueName) {
      queries.markWoken(queueName);
      if (pauses.get(queueName)?.untilWoken) end(queueName);
    },
    resume(queueName) {
      queries.markResumed(queueName);
      end(queueName);
    },
    close() {
      for (const { cancel } of pauses.values()) cancel();
      pauses.clear();
    },
  };
}
