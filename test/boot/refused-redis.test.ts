// A start with a Redis that cannot be used fails with one sentence and creates nothing, in the folder or the database.
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { freePort } from '../support/programs/free-port.js';
import { refusedStart } from '../support/programs/refused-start.js';
import { startOldRedis } from '../support/servers/old-redis.js';
import { startRedis } from '../support/servers/redis.js';
import { emptyDatabase, type FreshDatabase } from '../support/stage/databases.js';
import { tablesOf } from '../support/stage/tables.js';

const key = Buffer.alloc(32, 7).toString('base64');

let database: FreshDatabase;
beforeEach(async () => {
  database = await emptyDatabase();
});
afterEach(() => database.drop());

/** Starts with this Redis and expects to be told one line, and to find nothing made. */
async function refusal(env: Record<string, string>): Promise<string> {
  const settings = { GMP_DB_PATH: database.path, GMP_ENCRYPTION_KEY: key, GMP_API_TOKEN: 'test-token' };
  const { code, stdout, lines, created } = await refusedStart({ ...settings, ...env });
  expect({ code, stdout, created }).toEqual({ code: 1, stdout: '', created: [] });
  expect(await tablesOf(database)).toEqual([]);
  expect(lines).toHaveLength(1);
  return lines[0] ?? '';
}

test('a port without a listener is named', async () => {
  const port = await freePort();
  expect(await refusal({ GMP_REDIS_URL: `redis://:hidden@127.0.0.1:${port}` })).toBe(
    `GMP_REDIS_URL names a Redis that refuses: connect ECONNREFUSED 127.0.0.1:${port}`,
  );
});

test('an HTTP server at the address is not mistaken for Redis', async () => {
  const server = createHttpServer((_request, response) => response.end('hello')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  expect(await refusal({ GMP_REDIS_URL: `redis://127.0.0.1:${port}` })).toMatch(
    /^GMP_REDIS_URL names a server that does not answer as Redis does: /,
  );
  server.close();
});

test('a server that accepts the connection and stays silent fails the start in bounded time', async () => {
  const server = createServer((socket) => socket.on('error', () => {}).resume()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  expect(await refusal({ GMP_REDIS_URL: `redis://127.0.0.1:${port}` })).toMatch(
    /^GMP_REDIS_URL names a Redis that refuses: .*timed out/,
  );
  server.close();
});

test('a missing or wrong password is reported without the password that was given', async () => {
  const redis = await startRedis({ password: 'right' });
  expect(await refusal({ GMP_REDIS_URL: `redis://127.0.0.1:${redis.port}` })).toMatch(
    /^GMP_REDIS_URL names a Redis that wants a password/,
  );
  const wrong = await refusal({ GMP_REDIS_URL: `redis://:mistaken@127.0.0.1:${redis.port}` });
  expect(wrong).toMatch(/^GMP_REDIS_URL names a Redis that refuses: WRONGPASS/);
  expect(wrong).not.toContain('mistaken');
  await redis.stop();
});

test.each(['5.0.7', '6.0.16'])(
  'Redis %s is refused as too old, with the version that is needed',
  async (version) => {
    const redis = await startOldRedis(version);
    expect(await refusal({ GMP_REDIS_URL: redis.url })).toBe(
      `GMP_REDIS_URL names Redis ${version}; 6.2 or later is needed`,
    );
    await redis.stop();
  },
);

test.each(['allkeys-lru', 'volatile-ttl'])(
  'a Redis with the maxmemory-policy %s, which deletes queued jobs, is refused with what to set',
  async (policy) => {
    const redis = await startRedis();
    const client = new Redis(redis.url);
    await client.config('SET', 'maxmemory-policy', policy);
    expect(await refusal({ GMP_REDIS_URL: redis.url })).toBe(
      `GMP_REDIS_URL: Redis deletes queued jobs when its memory is full (maxmemory-policy ${policy}): set its maxmemory-policy to noeviction`,
    );
    client.disconnect();
    await redis.stop();
  },
);

test('without GMP_REDIS_URL and redis-server, the error says what to install or to set', async () => {
  const { code, lines, created } = await refusedStart({ PATH: '/nonexistent' });
  expect({ code, created }).toEqual({ code: 1, created: [] });
  expect(lines).toEqual([
    expect.stringMatching(/^GMP_REDIS_URL is not set and there is no redis-server to start: install it/),
  ]);
});
