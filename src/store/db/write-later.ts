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

/** Writes `afterMs` after the first item was added, and never twice at once. */
export function openLater<T>(ctx: Needs<'clock' | 'log'>, options: WritingLater<T>): Later<T> {
  const backlog = openBacklog(ctx, options);
  let busy = false;
  let cancel: (() => void) | undefined;
  let writing = Promise.resolve();

  function schedule(): void {
    if (!busy && !backlog.isEmpty()) cancel ??= ctx.clock.after(options.afterMs, writeNow);
  }

  function writeNow(): void {
    cancel?.();
    cancel = undefined;
    busy = true;
    writing = backlog.write().finally(() => {
      busy = false;
      schedule();
    });
  }

  async function flush(): Promise<void> {
    await writing;
    if (!backlog.isEmpty() && !busy) writeNow();
    await writing;
  }

  return {
    add(item) {
      backlog.add(item);
      schedule();
    },
    flush,
    async close() {
      await flush();
      cancel?.();
      backlog.giveUp();
    },
  };
}

/** The items that wait to be written. What is lost is counted, and logged after the next write. */
function openBacklog<T>({ log }: Needs<'log'>, { what, most, weigh = () => 1, write }: WritingLater<T>) {
  let pending: T[] = [];
  let weight = 0;
  let lost = 0;
  /** The last write found the database away. The log says so once, although a write is tried every `afterMs`. */
  let isAway = false;

  return {
    isEmpty: () => pending.length === 0,
    add(item: T): void {
      const more = weigh(item);
      if (weight + more > most) {
        lost += 1;
        return;
      }
      weight += more;
      pending.push(item);
    },
    /** Never fails. Items that a database which is away did not take wait for the next write. */
    async write(): Promise<void> {
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
        if (!wasAway || !isAway) log.warn({ reason: reasonOf(error) }, `${what} could not be written`);
      }
      weight = pending.reduce((sum, item) => sum + weigh(item), 0);
      if (lost > 0) log.error({ lost }, `${what} got lost`);
      lost = 0;
    },
    giveUp(): void {
      if (pending.length > 0) log.error({ lost: pending.length }, `${what} got lost`);
    },
  };
}
