// A tenant with a healthy server that hands in a message every so often, and how long each takes from POST to delivery.
import type { Service } from '../test/support/programs/service.js';
import { mail } from '../test/support/stage/mail.js';
import { addTenant } from '../test/support/stage/tenant.js';
import { type BenchStage, pause } from './stage.js';

interface Neighbour {
  /** @returns the percentiles of each priority, in milliseconds */
  end(): Promise<Record<string, string>>;
}

const everyMs = 100;
const priorities = ['immediate', 'medium'];

/** Messages of the usual priority and immediate ones in turn. The next follows a moment after the last was delivered. */
export async function askEverySoOften(stage: BenchStage, service: Pick<Service, 'api'>): Promise<Neighbour> {
  const sink = await stage.sink();
  const tenant = await addTenant(service, 'neighbour', { server: sink });
  await tenant.handIn(service, [mail('first')]);
  await sink.waitFor(1);
  const took = new Map(priorities.map((priority) => [priority, [] as number[]]));
  let hasEnded = false;

  const asking = (async () => {
    for (let n = 2; !hasEnded; n++) {
      const priority = priorities[n % priorities.length] ?? 'medium';
      const began = performance.now();
      await tenant.handIn(service, [mail(`n-${n}`, { priority })]);
      await sink.waitFor(n, { timeoutMs: 120_000 });
      took.get(priority)?.push(performance.now() - began);
      await pause(everyMs);
    }
  })();
  return {
    async end() {
      hasEnded = true;
      await asking;
      return Object.fromEntries([...took].map(([priority, times]) => [priority, percentiles(times)]));
    },
  };
}

/** @param times in milliseconds */
export function percentiles(times: number[]): string {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (part: number) =>
    Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0);
  return `p50 ${at(0.5)}, p95 ${at(0.95)}, p99 ${at(0.99)}, at most ${at(1)} ms of ${sorted.length}`;
}
