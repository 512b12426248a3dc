// Combines calls made at nearly the same moment into one run, so that one statement serves many messages.
import type { Clock } from '../clock.js';

interface PendingCall<I, O> {
  item: I;
  resolve(result: O): void;
  reject(error: unknown): void;
}

export interface Batching<I, O> {
  clock: Pick<Clock, 'now' | 'sleep'>;
  /** Handles the items together and answers in their order. There is one run at a time. */
  run(items: I[]): Promise<O[]>;
  /** The greatest weight of one run; an item that weighs more runs alone. */
  most: number;
  /** Default: every item weighs 1. */
  weigh?(item: I): number;
  /** How long a run waits for more calls when the run before it ended less than this ago. Otherwise it starts at once. */
  lingerMs: number;
  /** Whether a fault concerns every item of a run, so that running them one by one would repeat it. Default: never. */
  concernsAll?(error: unknown): boolean;
}

/** Returns a function whose concurrent calls are handed to `run` together. */
export function batch<I, O>(options: Batching<I, O>): (item: I) => Promise<O> {
  const { clock, run, most, weigh = () => 1, lingerMs, concernsAll = () => false } = options;
  const pending: PendingCall<I, O>[] = [];
  let running = false;
  let lastEndAt = 0;

  async function drain(): Promise<void> {
    while (pending.length > 0) {
      if (clock.now() - lastEndAt <= lingerMs) await clock.sleep(lingerMs);
      else await new Promise((resolve) => setImmediate(resolve));
      await runTogether(takeCalls());
      lastEndAt = clock.now();
    }
    running = false;
  }

  /** One bad item must not fail the others, so a run that fails is repeated item by item. */
  async function runTogether(calls: PendingCall<I, O>[]): Promise<void> {
    try {
      const results = await run(calls.map(({ item }) => item));
      calls.forEach(({ resolve }, i) => {
        resolve(results[i] as O);
      });
    } catch (error) {
      if (calls.length === 1 || concernsAll(error)) for (const { reject } of calls) reject(error);
      else for (const one of calls) await runTogether([one]);
    }
  }

  function takeCalls(): PendingCall<I, O>[] {
    let weight = 0;
    const over = pending.findIndex(({ item }, i) => {
      weight += weigh(item);
      return weight > most && i > 0;
    });
    return pending.splice(0, over === -1 ? pending.length : over);
  }

  return (item) =>
    new Promise<O>((resolve, reject) => {
      pending.push({ item, resolve, reject });
      if (running) return;
      running = true;
      void drain();
    });
}
