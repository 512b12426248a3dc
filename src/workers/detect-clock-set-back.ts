// Notices that the wall clock of this host was set back, which makes everything that waits for a time wait longer.
import type { Clock } from '../clock.js';

/** Smaller steps cost less than what is done about them. */
const leastMs = 2000;

/** @returns a question to ask now and then: whether the clock has been set back since it was last answered with no */
export function watchClock(clock: Pick<Clock, 'now' | 'monotonic'>): () => boolean {
  const ahead = () => clock.now() - clock.monotonic();
  let before = ahead();
  return () => {
    const now = ahead();
    const isBack = now < before - leastMs;
    before = now;
    return isBack;
  };
}
