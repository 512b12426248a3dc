// Gathers what need not be on disk when a call is answered, and writes it a moment later, many at once.
import type { Needs } from '../../context.js';
import { reasonOf } from '../../errors.js';
import { isUnavailable } from './unavailable.js';

export interface Later<T> {
  /** Never waits and never fails. */
  add(item: T): void;
  /** Resolves when what was added before has been written, or could not be. */
  flush(): Promise<void>;
  /** Writes what still waits; to be called when nothing is added any more. */
  close(): Promise<void>;
}

export interface WritingLater<T> {
  /** For the log: what is lost when it cannot be written. */
  what: string;
  afterMs: number;
  /** What may wait while the database is away, in the unit of `weigh`; what comes on top is lost. */
  most: number;
  /** Default: every item weighs 1. */
  weigh?(item: T): number;
  /** All or none. */
  write(items: T[]): Promise<unknown>;
}

export function openLater<T>(ctx: Needs<'clock' | 'log'>, options: WritingLater<T>): Later<T> {
  const { what, afterMs, most, weigh = () => 1, write } = options;
  let waiting: T[] = [];
  let weight = 0;
  let lost = 0;
  let busy = false;
  let cancel: (() => void) | undefined;
  let writing = Promise.resolve();

  function schedule(): void {
    if (!busy && waiting.length > 0) cancel ??= ctx.clock.after(afterMs, writeNow);
  }

  function writeNow(): void {
    cancel?.();
    cancel = undefined;
    busy = true;
    writing = writeAll().finally(() => {
      busy = false;
      schedule();
    });
  }

  async function writeAll(): Promise<void> {
    const items = waiting;
    waiting = [];
    try {
      await write(items);
    } catch (error) {
      // A database that is away comes back; what it refuses it would refuse again.
      if (isUnavailable(error)) waiting = [...items, ...waiting];
      else lost += items.length;
      ctx.log.warn({ reason: reasonOf(error) }, `${what} could not be written`);
    }
    weight = waiting.reduce((sum, item) => sum + weigh(item), 0);
    if (lost > 0) ctx.log.error({ lost }, `${what} got lost`);
    lost = 0;
  }

  async function flush(): Promise<void> {
    await writing;
    if (waiting.length > 0 && !busy) writeNow();
    await writing;
  }

  return {
    add(item) {
      const more = weigh(item);
      if (weight + more > most) {
        lost += 1;
        return;
      }
      weight += more;
      waiting.push(item);
      schedule();
    },
    flush,
    async close() {
      await flush();
      cancel?.();
      if (waiting.length > 0) ctx.log.error({ lost: waiting.length }, `${what} got lost`);
    },
  };
}
