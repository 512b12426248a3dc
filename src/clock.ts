// The only wall clock and timers of the service, so that tests can put their own in place.
import { setTimeout as delay } from 'node:timers/promises';

export interface Clock {
  /** Milliseconds since the epoch, UTC. */
  now(): number;
  /** Milliseconds since some moment, the same one for all processes of this boot of this host; no step of the wall clock moves it. */
  monotonic(): number;
  /** Resolves after `ms`, or at once when `signal` aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `task` every `ms` until the returned function is called. Does not keep the process alive. */
  every(ms: number, task: () => void): () => void;
  /** Calls `task` once after `ms` unless the returned function is called first. */
  after(ms: number, task: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => Number(process.hrtime.bigint() / 1_000_000n),
  sleep: (ms, signal) => delay(ms, undefined, signal ? { signal } : {}).catch(() => undefined),
  every(ms, task) {
    const timer = setInterval(task, ms);
    timer.unref();
    return () => clearInterval(timer);
  },
  after(ms, task) {
    const timer = setTimeout(task, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** Whole Unix seconds, as the wire wants them. */
export function toUnixSeconds(ms: number): number {
  return Math.floor(ms / 1000);
}

/** ISO 8601 in whole seconds, UTC, as the wire wants `created_at` and `updated_at`. */
export function isoSeconds(ms: bigint): string {
  return `${new Date(Number(ms)).toISOString().slice(0, 19)}Z`;
}
