// How long send queues pause while the database is unavailable, and one log line for it, however many jobs wait.
import type { Needs } from '../context.js';

export interface Outage {
  /** The database did not answer. @returns when to try again, milliseconds since the epoch */
  nextTryAt(reason: string): number;
  /** The database has answered. */
  end(): void;
}

const shortestMs = 1000;
const longestMs = 5000;

/** The longer an outage lasts, the less often each queue tries, because each one asks the database for itself. */
export function openOutage({ clock, log }: Needs<'clock' | 'log'>): Outage {
  let since: number | undefined;
  return {
    nextTryAt(reason) {
      const now = clock.monotonic();
      if (since === undefined) {
        since = now;
        log.warn(
          { event: 'database.unavailable', reason },
          'The database is unavailable; sending waits for it',
        );
      }
      return clock.now() + Math.min(longestMs, Math.max(shortestMs, (now - since) / 2));
    },
    end() {
      if (since === undefined) return;
      since = undefined;
      log.info({ event: 'database.back' }, 'The database is back; sending goes on');
    },
  };
}
