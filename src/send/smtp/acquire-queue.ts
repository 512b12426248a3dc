// Sends that wait for a connection: each gets the first that is opened or released, whichever comes sooner.

export interface Acquired<C> {
  connection: C;
  /** Whether the connection has carried a mail before. */
  reused: boolean;
}

interface AcquireQueue<C> {
  /** Waits in line; opens one more connection unless enough are on their way. @throws what opening throws */
  acquire(): Promise<Acquired<C>>;
  /** Gives a released connection to the first in line. @returns false when no send waits */
  offer(connection: C): boolean;
  /** Opens a connection before any send waits for it. */
  openAhead(): void;
  /** How many connections are on their way. */
  opening(): number;
}

interface QueuedAcquire<C> {
  resolve(acquired: Acquired<C>): void;
  reject(error: unknown): void;
}

/** @param onSpare is given a connection that no send waits for by the time it is open */
export function openAcquireQueue<C>(
  open: () => Promise<C>,
  onSpare: (connection: C) => void,
): AcquireQueue<C> {
  const queued: QueuedAcquire<C>[] = [];
  let opening = 0;

  async function openOne(): Promise<void> {
    opening += 1;
    try {
      const connection = await open();
      opening -= 1;
      const next = queued.shift();
      if (next) next.resolve({ connection, reused: false });
      else onSpare(connection);
    } catch (error) {
      opening -= 1;
      // A released connection may have served the send that this one was opened for.
      if (opening < queued.length) queued.shift()?.reject(error);
    }
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
    opening: () => opening,
  };
}
