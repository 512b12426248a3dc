// Tells whether this process is busy: whether its event loop has had next to no pause lately.
import { performance } from 'node:perf_hooks';
import type { Clock } from '../clock.js';

export interface LoopWatch {
  isBusy(): boolean;
}

/** The part of the time in which a busy event loop runs code. */
const busyFrom = 0.95;

/** The answer is given anew after this time. */
const windowMs = 100;

export function openLoopWatch(clock: Pick<Clock, 'monotonic'>): LoopWatch {
  let since = performance.eventLoopUtilization();
  let askedAt = clock.monotonic();
  let busy = false;
  return {
    isBusy() {
      const now = clock.monotonic();
      if (now - askedAt < windowMs) return busy;
      const until = performance.eventLoopUtilization();
      busy = performance.eventLoopUtilization(until, since).utilization >= busyFrom;
      since = until;
      askedAt = now;
      return busy;
    },
  };
}
