// Until a connection to a server has succeeded, one is opened alone, and all other sends wait for its end.
import { SmtpFault } from '../../judge/fault.js';

export interface Trial<C> {
  /** Whether the last connection that was opened succeeded. */
  isPassed(): boolean;
  /** A connection has succeeded, whether it was the one on trial or another. */
  pass(): void;
  /** A connection has failed. The next one is on trial. */
  fail(): void;
  /**
   * Opens the connection on trial, or waits for the one that another send opens.
   * @param open undefined: there is no room for one more connection
   * @throws what opening throws; `ofAnother` where another send opened
   */
  run(open: () => Promise<C | undefined>): Promise<TrialEnd<C>>;
  isRunning(): boolean;
}

/** `by_another`: the connection of another send has succeeded, and is that send's. */
type TrialEnd<C> = { kind: 'opened'; connection: C } | { kind: 'no_room' } | { kind: 'by_another' };

export function openTrial<C>(): Trial<C> {
  let isPassed = false;
  let running: Promise<C | undefined> | undefined;
  return {
    isPassed: () => isPassed,
    pass() {
      isPassed = true;
    },
    fail() {
      isPassed = false;
    },
    async run(open) {
      if (running !== undefined) {
        const first = await running.catch((error: unknown) => {
          throw error instanceof SmtpFault ? error.ofAnother() : error;
        });
        return { kind: first === undefined ? 'no_room' : 'by_another' };
      }
      running = open().finally(() => {
        running = undefined;
      });
      const connection = await running;
      return connection === undefined ? { kind: 'no_room' } : { kind: 'opened', connection };
    },
    isRunning: () => running !== undefined,
  };
}
