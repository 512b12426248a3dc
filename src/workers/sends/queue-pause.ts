// Whether one queue is paused in this process, and until when. Redis and the database are not asked about it meanwhile.
import type { Clock } from '../../clock.js';

export interface QueuePause {
  readonly isPaused: boolean;
  /** When the pause ends by itself; undefined while the queue is not paused. */
  readonly until: number | undefined;
  /** Call this before querying whether the queue may send, and pass the result to `pause` with the answer. */
  epoch(): Epoch;
  /**
   * Pauses the queue, unless something has ended such a pause since the epoch was taken: the answer is out of date then.
   * @param until milliseconds since the epoch of Unix; undefined: until there is new work
   */
  pause(until: number | undefined, asked: Epoch): void;
  /** There is new work. It ends a pause that has no other end. */
  noteWork(): void;
  /** The reason of the pause may be gone. It ends any pause. */
  resume(): void;
  /** Forgets the pause without ending it, when the process stops. */
  close(): void;
}

/** What had happened to the queue when its epoch was taken. */
export interface Epoch {
  works: number;
  resumes: number;
}

/** The reason of a pause is checked again after this time at the latest, because a call to resume may get lost. */
const longestMs = 300_000;

/** @param onEnd is called when a pause has ended, for whatever reason */
export function openQueuePause(clock: Pick<Clock, 'now' | 'after'>, onEnd: () => void): QueuePause {
  const seen: Epoch = { works: 0, resumes: 0 };
  let pause: { until: number; endsWithWork: boolean; cancel(): void } | undefined;

  function end(): void {
    if (pause === undefined) return;
    pause.cancel();
    pause = undefined;
    onEnd();
  }

  return {
    get isPaused() {
      return pause !== undefined;
    },
    get until() {
      return pause?.until;
    },
    epoch: () => ({ ...seen }),
    pause(until, asked) {
      const hasResumed = asked.resumes !== seen.resumes;
      if (hasResumed || (until === undefined && asked.works !== seen.works)) return;
      const now = clock.now();
      const over = Math.min(until ?? Number.POSITIVE_INFINITY, now + longestMs);
      // Of several answers the one with the earliest end counts: the question is asked again then.
      if (pause !== undefined && pause.until <= over) return;
      pause?.cancel();
      const cancel = clock.after(Math.max(0, over - now), end);
      pause = { until: over, endsWithWork: until === undefined, cancel };
    },
    noteWork() {
      seen.works += 1;
      if (pause?.endsWithWork) end();
    },
    resume() {
      seen.resumes += 1;
      end();
    },
    close() {
      pause?.cancel();
      pause = undefined;
    },
  };
}
