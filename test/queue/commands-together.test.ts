// Redis is spoken to in few and large pieces: commands of one moment share a write, queues of one moment an announcement.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfig } from '../../src/config.js';
import { connectRedis, readInfo } from '../../src/queue/redis/connect-redis.js';
import { openWakeChannel } from '../../src/queue/wake-channel.js';
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

test('commands that are given at the same moment reach Redis together, also after a reconnection', async () => {
  const redis = await connectRedis(server.url);
  const reads = async () => Number(readInfo(await redis.info('stats'), 'total_reads_processed'));
  try {
    for (const attempt of ['first', 'after a reconnection']) {
      const before = await reads();
      const asked = Array.from({ length: 500 }, (_, i) => redis.echo(`${attempt} ${i}`));
      expect(redis.stream.writableCorked).toBe(1);
      const answers = await Promise.all(asked);
      expect(redis.stream.writableCorked).toBe(0);
      expect(answers.at(-1)).toBe(`${attempt} 499`);
      expect((await reads()) - before).toBeLessThan(50);
      redis.disconnect(true);
      await waitFor('the connection to be back', async () => (await redis.ping()) === 'PONG');
    }
  } finally {
    redis.disconnect();
  }
});

test('one announcement names many queues, and each is heard once, by its own process without Redis', async () => {
  const redis = await connectRedis(server.url);
  const config = { ...readConfig({}), redisPrefix: 'wake-test' };
  const heard: string[][] = [];
  const channels = ['one', 'other'].map((processId) =>
    openWakeChannel({ config, redis, log: silentLog, processId }),
  );
  const ends = await Promise.all(
    channels.map((channel, i) =>
      channel.listen(
        (names, reason) => heard[i]?.push(...names.map((name) => `${reason} ${name}`)),
        () => {},
      ),
    ),
  );
  heard.push(...channels.map(() => []));
  const messages = async () =>
    Number(/cmdstat_publish:calls=(\d+)/.exec(await redis.info('commandstats'))?.[1]);
  try {
    const names = Array.from({ length: 2500 }, (_, i) => `send.shop.account-${i}`);
    const [channel] = channels;
    void channel?.publish(['send.shop'], 'urgent');
    expect(heard[0]).toEqual(['urgent send.shop']);
    await channel?.publish(names, 'resumed');
    await channel?.publish([], 'work');
    await channel?.publish(['send.shop.main'], 'work');
    const all = ['urgent send.shop', ...names.map((name) => `resumed ${name}`), 'work send.shop.main'];
    await waitFor('the other process to hear all', async () => heard[1]?.length === all.length);
    expect(heard).toEqual([all, all]);
    expect(await messages()).toBe(5);
  } finally {
    for (const end of ends) end();
    redis.disconnect();
  }
});
