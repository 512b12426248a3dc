// A redis-server of our own can be killed and started again on the same port.
import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { startRedis } from './redis.js';

async function ask<T>(url: string, question: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 });
  redis.on('error', () => {});
  try {
    await redis.connect();
    return await question(redis);
  } finally {
    redis.disconnect();
  }
}

test('forgets everything with a kill, and is back on the same port', async () => {
  const server = await startRedis();
  const { url, port, pid } = server;
  await ask(url, (redis) => redis.set('k', 'v'));
  await server.kill();
  await expect(ask(url, (redis) => redis.ping())).rejects.toThrow();
  await server.restart();

  expect([server.url, server.port]).toEqual([url, port]);
  expect(server.pid).not.toBe(pid);
  expect(await ask(url, (redis) => redis.get('k'))).toBeNull();
  await server.stop();
  await expect(ask(url, (redis) => redis.ping())).rejects.toThrow();
});

test('keeps its data over a restart with appendonly, behind a password', async () => {
  const server = await startRedis({ appendonly: true, password: 'p@ss' });
  await expect(ask(`redis://127.0.0.1:${server.port}`, (redis) => redis.set('k', 'v'))).rejects.toThrow();
  await ask(server.url, (redis) => redis.set('k', 'v'));
  await server.restart();
  expect(await ask(server.url, (redis) => redis.get('k'))).toBe('v');
  await server.stop();
});

test('says so when its port is taken', async () => {
  const first = await startRedis();
  await expect(startRedis({ port: first.port })).rejects.toThrow(/already in use/);
  await first.stop();
});
