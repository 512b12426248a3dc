// Sends that wait for a connection: each gets the first that is opened or released, whichever comes sooner.
import { noRoom } from '../../judge/fault.js';

export interface Acquired<C> {
  connection: C;
  /** Whether the connection has carried a mail before. */
  reused: boolean;
}

export interface AcquireQueue<C> {
  /**
   * Waits in line; opens one more connection unless enough are on their way.
   * @throws what opening throws, or that there is no room while no other connection will be released either
   */
  acquire(): Promise<Acquired<C>>;
  /** Gives a released connection to the first in line. @returns false when no send waits */
  offer(connection: C): boolean;
  /** Opens a connection before any send waits for it. */
  openAhead(): void;
  /** Opens what the sends in line lack: there may be room for more connections. */
  retry(): void;
  /** How many connections are on their way. */
  opening(): number;
  waiting(): number;
}

interface QueuedAcquire<C> {
  resolve(acquired: Acquired<C>): void;
  reject(error: unknown): void;
}

/**
 * @param open undefined: there is no room for one more connection
 * @param onSpare is given a connection that no send waits for by the time it is open
 * @param hasOthers whether connections are in use that may be released to a send in line
 */
export function openAcquireQueue<C>(
  open: () => Promise<C | undefined>,
  onSpare: (connection: C) => void,
  hasOthers: () => boolean = () => true,
): AcquireQueue<C> {
  const queued: QueuedAcquire<C>[] = [];
  let opening = 0;

  async function openOne(): Promise<void> {
    opening += 1;
    try {
      const connection = await open();
      opening -= 1;
      if (connection === undefined) return endWithoutRoom();
      const next = queued.shift();
      if (next) next.resolve({ connection, reused: false });
      else onSpare(connection);
    } catch (error) {
      opening -= 1;
      // A released connection may have served the send that this one was opened for.
      if (opening < queued.length) queued.shift()?.reject(error);
    }
  }

  /** The sends in line wait for a connection that is in use or on its way. Without any, they would wait for good. */
  function endWithoutRoom(): void {
    if (opening > 0 || hasOthers()) return;
    for (const { reject } of queued.splice(0)) reject(noRoom());
  }

  function retry(): void {
    for (let lacking = queued.length - opening; lacking > 0; lacking--) void openOne();
  }

  return {
    acquire() {
      const acquired = new Promise<Acquired<C>>((resolve, reject) => {
        queued.push({ resolve, reject });
      });
      if (opening < queued.length) void openOne();
      return acquired;
    },
    offer(connection) {
      const next = queued.shift();
      next?.resolve({ connection, reused: true });
      return next !== undefined;
    },
    openAhead: () => void openOne(),
    retry,
    opening: () => opening,
    waiting: () => queued.length,
  };
}
