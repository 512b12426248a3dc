// No tenant's messages wait on their way to the queues until all of another tenant are there.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../src/clock.js';
import { readConfig } from '../../src/config.js';
import { priorities } from '../../src/domain/priority.js';
import { openEnqueueSend } from '../../src/queue/enqueue-send.js';
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

test('a message is announced before those that another tenant handed in first for a thousand accounts', async () => {
  const redis = await connectRedis(server.url);
  const config = readConfig({});
  const needs = { config, redis, log: silentLog, clock: systemClock };
  const queues = openQueues(needs);
  const announced: string[] = [];
  const wakes = {
    publish: async (names: string[]) => void announced.push(...names),
    listen: async () => () => {},
  };
  try {
    await markRestored(needs, 'this run');
    const enqueue = openEnqueueSend({ ...needs, queues, wakes });
    const message = (tenantId: string, n: number) => ({
      pk: `${tenantId}-${n}`,
      revision: `${tenantId}-${n}`,
      tenantId,
      accountId: `a${n}`,
      priority: priorities.medium,
      attempts: 0,
      dueAt: 0,
    });
    enqueue(Array.from({ length: 1000 }, (_, n) => message('crowd', n)));
    enqueue([message('neighbour', 0)]);
    await waitFor('all to be announced', async () => announced.length === 1001);
    expect(announced.indexOf('send.neighbour.a0')).toBeLessThan(200);
  } finally {
    await queues.close();
    redis.disconnect();
  }
});
