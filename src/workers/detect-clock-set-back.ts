// Notices that the wall clock of this host was set back, which delays everything that waits for a time.
import type { Clock } from '../clock.js';

/** Smaller steps delay less than the restore after them would cost. */
const smallestStepMs = 2000;

/** @returns a function that tells whether the clock was set back since its last call */
export function watchClock(clock: Pick<Clock, 'now' | 'monotonic'>): () => boolean {
  const offset = () => clock.now() - clock.monotonic();
  let before = offset();
  return () => {
    const now = offset();
    const wasSetBack = now < before - smallestStepMs;
    before = now;
    return wasSetBack;
  };
}
