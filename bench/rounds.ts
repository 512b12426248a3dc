// The rounds of the benchmark: posts messages, waits until all are delivered and reported, and measures both.
import { readFileSync } from 'node:fs';
import type { Program } from '../test/support/programs/program.js';

export interface Counts {
  delivered: number;
  reported: number;
  lastDeliveryAt: number;
  lastReportAt: number;
}

export interface FarSide {
  counts(question?: 'reset'): Promise<Counts>;
}

/** Messages a second, and microseconds of the service's processor time for each message. */
export interface RoundResult {
  accepted: number;
  delivered: number;
  reported: number;
  cpuMicros: number;
}

const body = 'x'.repeat(76).concat('\r\n').repeat(26);

function messages(round: string, from: number, n: number) {
  return Array.from({ length: n }, (_, i) => ({
    id: `${round}-${from + i}`,
    tenant_id: 'bench',
    account_id: 'main',
    from: 'from@example.com',
    to: 'to@example.org',
    subject: `Message ${from + i}`,
    body,
  }));
}

/** Posts `total` messages, `each` a call, over `clients` at once, and waits until all are delivered and reported. */
export async function round(
  service: Program,
  far: FarSide,
  shape: { name: string; total: number; each: number; clients: number },
): Promise<RoundResult> {
  await far.counts('reset');
  const cpuBefore = cpuMicros(service.pid);
  const startedAt = Date.now();
  let next = 0;
  const client = async () => {
    while (next < shape.total) {
      const from = next;
      next += shape.each;
      const count = Math.min(shape.each, shape.total - from);
      const answer = await service.api('POST', '/commands/add-messages', {
        messages: messages(shape.name, from, count),
      });
      if (answer.status !== 200) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`);
    }
  };
  await Promise.all(Array.from({ length: shape.clients }, client));
  const acceptedAt = Date.now();
  const counts = await settled(far, shape.total);
  const perSecond = (until: number) => Math.round((shape.total / (until - startedAt)) * 1000);
  return {
    accepted: perSecond(acceptedAt),
    delivered: perSecond(counts.lastDeliveryAt),
    reported: perSecond(counts.lastReportAt),
    cpuMicros: Math.round((cpuMicros(service.pid) - cpuBefore) / shape.total),
  };
}

/** User and system time of a process so far, in microseconds (proc(5)); 0 where there is no /proc. */
export function cpuMicros(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) * 10_000;
  } catch {
    return 0;
  }
}

/**
 * Milliseconds from the POST of an immediate message to its arrival on an idle service, for `n` messages one after the
 * other, shortest first.
 * @param accountOf gives the account of the nth message
 */
export async function latencies(
  service: Program,
  far: FarSide,
  name: string,
  n: number,
  accountOf: (n: number) => Promise<string>,
): Promise<number[]> {
  const took: number[] = [];
  for (let i = 0; i < n; i++) {
    await far.counts('reset');
    const account_id = await accountOf(i);
    const startedAt = Date.now();
    const [message] = messages(name, i, 1);
    await service.api('POST', '/commands/add-messages', {
      messages: [{ ...message, account_id, priority: 0 }],
    });
    const { lastDeliveryAt } = await settled(far, 1);
    took.push(lastDeliveryAt - startedAt);
  }
  return took.sort((a, b) => a - b);
}

async function settled(far: FarSide, total: number): Promise<Counts> {
  const deadline = Date.now() + 120_000;
  for (;;) {
    const counts = await far.counts();
    if (counts.delivered >= total && counts.reported >= total) return counts;
    if (Date.now() > deadline) throw new Error(`after two minutes only ${JSON.stringify(counts)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
