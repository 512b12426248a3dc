// Collects records that need not be on disk when a call is answered, and writes them a moment later, many at once.
import type { Needs } from '../../context.js';
import { reasonOf } from '../../errors.js';
import { isUnavailable } from './unavailable.js';

interface Later<T> {
  /** Never waits and never fails. */
  add(item: T): void;
  /** Resolves once everything that was added before is written or lost. */
  flush(): Promise<void>;
  /** Writes what is pending. Call it last, when no more is added. */
  close(): Promise<void>;
}

interface WritingLater<T> {
  /** What the items are, for the log. */
  what: string;
  afterMs: number;
  /** The most that may wait in memory while the database is away, in the unit of `weigh`. Items beyond it are lost. */
  most: number;
  /** Default: every item weighs 1. */
  weigh?(item: T): number;
  /** Writes all items, or none. */
  write(items: T[]): Promise<unknown>;
}

export function openLater<T>(ctx: Needs<'clock' | 'log'>, options: WritingLater<T>): Later<T> {
  const { what, afterMs, most, weigh = () => 1, write } = options;
  let pending: T[] = [];
  let weight = 0;
  let lost = 0;
  let busy = false;
  /** The last write found the database away. The log says so once, although a write is tried every `afterMs`. */
  let isAway = false;
  let cancel: (() => void) | undefined;
  let writing = Promise.resolve();

  function schedule(): void {
    if (!busy && pending.length > 0) cancel ??= ctx.clock.after(afterMs, writeNow);
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
    const items = pending;
    pending = [];
    try {
      await write(items);
      isAway = false;
    } catch (error) {
      // A database that is away comes back. One that refuses the items would refuse them again.
      const wasAway = isAway;
      isAway = isUnavailable(error);
      if (isAway) pending = [...items, ...pending];
      else lost += items.length;
      if (!wasAway || !isAway) ctx.log.warn({ reason: reasonOf(error) }, `${what} could not be written`);
    }
    weight = pending.reduce((sum, item) => sum + weigh(item), 0);
    if (lost > 0) ctx.log.error({ lost }, `${what} got lost`);
    lost = 0;
  }

  async function flush(): Promise<void> {
    await writing;
    if (pending.length > 0 && !busy) writeNow();
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
      pending.push(item);
      schedule();
    },
    flush,
    async close() {
      await flush();
      cancel?.();
      if (pending.length > 0) ctx.log.error({ lost: pending.length }, `${what} got lost`);
    },
  };
}
