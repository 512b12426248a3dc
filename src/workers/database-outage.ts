// How long queues rest while the database is away, and the one line that tells of it, however many jobs wait.
import type { Needs } from './context.js';

export interface Outage {
  /** An attempt could not be begun. @returns when the next may be, milliseconds since the epoch */
  tryAgainAt(reason: string): number;
  /** The database has answered. */
  end(): void;
}

const shortestMs = 1000;
const longestMs = 5000;

/** The longer it lasts, the less often the database is asked: each queue asks for itself. */
export function openOutage({ clock, log }: Needs<'clock' | 'log'>): Outage {
  let since: number | undefined;
  return {
    tryAgainAt(reason) {
      const now = clock.monotonic();
      if (since === undefined) {
        since = now;
        log.warn({ reason }, 'the database is away; what is to be sent waits for it');
      }
      return clock.now() + Math.min(longestMs, Math.max(shortestMs, (now - since) / 2));
    },
    end() {
      if (since === undefined) return;
      since = undefined;
      log.info('the database is back; sending goes on');
    },
  };
}
