// Gathers calls that are made at nearly the same moment into one, so that a statement serves many messages.
import type { Clock } from '../clock.js';

interface Waiting<I, O> {
  item: I;
  resolve(result: O): void;
  reject(error: unknown): void;
}

export interface Batching<I, O> {
  clock: Pick<Clock, 'now' | 'sleep'>;
  /** Handles the items together and answers in their order. One call at a time. */
  run(items: I[]): Promise<O[]>;
  /** What one call of `run` carries, in the unit of `weigh`; a single item may weigh more. */
  most: number;
  /** Default: every item weighs 1. */
  weigh?(item: I): number;
  /** How long a call waits for company when the one before it has only just ended. The first after a pause does not. */
  lingerMs: number;
  /** Whether a fault concerns every item of a run, so that running them one by one would only repeat it. Default: never. */
  concernsAll?(error: unknown): boolean;
}

/** Returns a function whose concurrent calls are handed to `run` together. */
export function batch<I, O>(options: Batching<I, O>): (item: I) => Promise<O> {
  const { clock, run, most, weigh = () => 1, lingerMs, concernsAll = () => false } = options;
  const waiting: Waiting<I, O>[] = [];
  let running = false;
  let lastEndAt = 0;

  async function drain(): Promise<void> {
    while (waiting.length > 0) {
      if (clock.now() - lastEndAt <= lingerMs) await clock.sleep(lingerMs);
      else await new Promise((resolve) => setImmediate(resolve));
      await runTogether(takeLoad());
      lastEndAt = clock.now();
    }
    running = false;
  }

  /** What one item cannot have stored must not stop the others, so a load that is refused goes item by item. */
  async function runTogether(load: Waiting<I, O>[]): Promise<void> {
    try {
      const results = await run(load.map(({ item }) => item));
      load.forEach(({ resolve }, i) => {
        resolve(results[i] as O);
      });
    } catch (error) {
      if (load.length === 1 || concernsAll(error)) for (const { reject } of load) reject(error);
      else for (const one of load) await runTogether([one]);
    }
  }

  function takeLoad(): Waiting<I, O>[] {
    let weight = 0;
    const over = waiting.findIndex(({ item }, i) => {
      weight += weigh(item);
      return weight > most && i > 0;
    });
    return waiting.splice(0, over === -1 ? waiting.length : over);
  }

  return (item) =>
    new Promise<O>((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (running) return;
      running = true;
      void drain();
    });
}
