// The only wall clock and timers of the service, so that tests can replace them.
import { setTimeout as delay } from 'node:timers/promises';

export interface Clock {
  /** Milliseconds since the epoch, UTC. */
  now(): number;
  /** Milliseconds since the host booted, roughly. The same for all processes of the host, and unaffected by clock changes. */
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

/** Whole Unix seconds, as the API shows them. */
export function toUnixSeconds(ms: number): number {
  return Math.floor(ms / 1000);
}

/** ISO 8601 in whole seconds, UTC, as the API shows `created_at` and `updated_at`. */
export function isoSeconds(ms: bigint): string {
  return `${new Date(Number(ms)).toISOString().slice(0, 19)}Z`;
}
