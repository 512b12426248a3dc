// Gathers calls that are made at the same moment into one, so that a statement serves many messages.

interface Waiting<I, O> {
  item: I;
  resolve(result: O): void;
  reject(error: unknown): void;
}

/**
 * Returns a function whose concurrent calls are handed to `run` together, until they weigh `max` (one at least);
 * `run` answers in order. One run at a time: what arrives meanwhile forms the next, so the busier it is the more each
 * one carries.
 */
export function gather<I, O>(
  max: number,
  run: (items: I[]) => Promise<O[]>,
  weigh: (item: I) => number = () => 1,
): (item: I) => Promise<O> {
  let waiting: Waiting<I, O>[] = [];
  let running = false;

  async function drain(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    while (waiting.length > 0) {
      let weight = 0;
      const fits = waiting.findIndex(({ item }, i) => {
        weight += weigh(item);
        return weight > max && i > 0;
      });
      const now = waiting.slice(0, fits === -1 ? undefined : fits);
      waiting = fits === -1 ? [] : waiting.slice(fits);
      try {
        const results = await run(now.map(({ item }) => item));
        now.forEach(({ resolve }, i) => {
          resolve(results[i] as O);
        });
      } catch (error) {
        for (const { reject } of now) reject(error);
      }
    }
    running = false;
  }

  return (item) =>
    new Promise<O>((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (running) return;
      running = true;
      void drain();
    });
}
