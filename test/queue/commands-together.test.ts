// Redis is spoken to in few and large pieces: commands of one moment share a write, queues of one moment an announcement.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfig } from '../../src/config.js';
import { connectRedis, readInfo } from '../../src/queue/redis/connect-redis.js';
import { parseWake, publishWake, wakeChannel } from '../../src/queue/wake-channel.js';
import { waitFor } from '../support/programs/wait-for.js';
import { type RedisServer, startRedis } from '../support/servers/redis.js';

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

test('one announcement names many queues, and each is heard once', async () => {
  const redis = await connectRedis(server.url);
  const listener = redis.duplicate();
  const heard: string[] = [];
  let messages = 0;
  listener.on('message', (_channel, message: string) => {
    const { queueNames, reason } = parseWake(message);
    messages += 1;
    heard.push(...queueNames.map((name) => `${reason} ${name}`));
  });
  try {
    const config = { ...readConfig({}), redisPrefix: 'wake-test' };
    await listener.subscribe(wakeChannel(config.redisPrefix));
    const names = Array.from({ length: 2500 }, (_, i) => `send.shop.account-${i}`);
    await publishWake({ config, redis }, names, 'resumed');
    await publishWake({ config, redis }, [], 'work');
    await publishWake({ config, redis }, ['send.shop'], 'urgent');
    await publishWake({ config, redis }, ['send.shop.main'], 'work');
    await waitFor('all to be heard', async () => heard.length >= names.length + 2);
    expect(heard).toEqual([
      ...names.map((name) => `resumed ${name}`),
      'urgent send.shop',
      'work send.shop.main',
    ]);
    expect(messages).toBe(5);
  } finally {
    listener.disconnect();
    redis.disconnect();
  }
});
