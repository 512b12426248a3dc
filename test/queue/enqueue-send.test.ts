// No tenant's messages wait on their way to the queues until all of another tenant are there.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../src/clock.js';
import { readConfig } from '../../src/config.js';
import { priorities } from '../../src/domain/priority.js';
import { openEnqueueSend } from '../../src/queue/enqueue-send.js';
import type { EnqueueSend } from '../../src/queue/jobs.js';
import { openQueues } from '../../src/queue/queues.js';
import { connectRedis } from '../../src/queue/redis/connect-redis.js';
import { markRestored } from '../../src/queue/redis/marker.js';
import { waitFor } from '../support/programs/wait-for.js';
import { type RedisServer, startRedis } from '../support/servers/redis.js';
import { silentLog } from '../support/stage/silent-log.js';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(async () => {
  await server.stop();
});

const message = (tenantId: string, n: number, priority: number = priorities.medium) => ({
  pk: `${tenantId}-${n}`,
  revision: `${tenantId}-${n}`,
  tenantId,
  accountId: `a${n}`,
  priority,
  attempts: 0,
  dueAt: 0,
});

/** @param use is given the function under test, and the names of queues in the order of their announcements */
async function withEnqueue(
  use: (enqueue: EnqueueSend, announced: string[]) => Promise<void>,
  most?: number,
): Promise<void> {
  const redis = await connectRedis(server.url);
  const needs = { config: readConfig({}), redis, log: silentLog, clock: systemClock };
  const queues = openQueues(needs);
  const announced: string[] = [];
  const wakes = {
    publish: async (names: string[]) => void announced.push(...names),
    listen: async () => () => undefined,
  };
  try {
    await markRestored(needs, 'this run');
    await use(openEnqueueSend({ ...needs, queues, wakes }, most), announced);
  } finally {
    await queues.close();
    redis.disconnect();
  }
}

test('a message is announced before those that another tenant handed in first for a thousand accounts', () =>
  withEnqueue(async (enqueue, announced) => {
    enqueue(Array.from({ length: 1000 }, (_, n) => message('crowd', n)));
    enqueue([message('neighbour', 0)]);
    await waitFor('all to be announced', async () => announced.length === 1001);
    expect(announced.indexOf('send.neighbour.a0')).toBeLessThan(200);
  }));

test('an immediate message is not left to the sweep because very many others are on their way', () =>
  withEnqueue(async (enqueue, announced) => {
    enqueue(Array.from({ length: 100 }, (_, n) => message('long', n)));
    enqueue([message('urgent', 0, priorities.immediate)]);
    await waitFor('it to be announced', async () => announced.includes('send.urgent.a0'));
  }, 100));

test("a tenant's usual message is not left to the sweep because very many of another tenant are on their way", () =>
  withEnqueue(async (enqueue, announced) => {
    for (let n = 0; n < 100; n++) enqueue([message('crowd', n)]);
    enqueue([message('neighbour', 0)]);
    await waitFor('it to be announced', async () => announced.includes('send.neighbour.a0'));
    expect(announced.length).toBeLessThan(100);
  }, 100));
