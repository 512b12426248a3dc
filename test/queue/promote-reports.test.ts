// The admin's run-now begins waiting reports of all tenants a few at a time, and each of them once.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../src/clock.js';
import { readConfig } from '../../src/config.js';
import { openQueues } from '../../src/queue/queues.js';
import { connectRedis } from '../../src/queue/redis/connect-redis.js';
import { promoteAllReports } from '../../src/queue/run-now.js';
import { type RedisServer, startRedis } from '../support/servers/redis.js';
import { silentLog } from '../support/stage/silent-log.js';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(async () => {
  await server.stop();
});

test('250 reports begin in three steps, and one that waits again meanwhile keeps its pause', async () => {
  const redis = await connectRedis(server.url);
  const queues = openQueues({ config: readConfig({}), log: silentLog, clock: systemClock, redis });
  try {
    await queues.report.addBulk(
      Array.from({ length: 250 }, (_, n) => ({
        name: 'report',
        data: { tenantId: `tenant-${n}`, occasion: 'events' as const },
        opts: { delay: 3_600_000 + n },
      })),
    );
    const begun: number[] = [];
    const sleep = async () => {
      begun.push(await queues.report.getWaitingCount());
      const late = { tenantId: `again-${begun.length}`, occasion: 'events' as const };
      await queues.report.add('report', late, { delay: 1000 });
    };
    await promoteAllReports({ queues, clock: { ...systemClock, sleep } });
    expect(begun).toEqual([100, 200]);
    expect(await queues.report.getWaitingCount()).toBe(250);
    expect(await queues.report.getDelayedCount()).toBe(2);
  } finally {
    await queues.close();
    redis.disconnect();
  }
});
