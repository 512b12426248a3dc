// A Redis that deletes jobs by itself, or that another installation uses under the same prefix, is noticed and named.
import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Service } from '../support/programs/service.js';
import { waitFor } from '../support/programs/wait-for.js';
import { type RedisServer, startRedis } from '../support/servers/redis.js';
import { type Stage, setStage } from '../support/stage/set-stage.js';
import { addTenant } from '../support/stage/tenant.js';

let server: RedisServer;
let redis: Redis;
beforeEach(async () => {
  server = await startRedis();
  redis = new Redis(server.url);
});
afterEach(async () => {
  redis.disconnect();
  await server.stop();
});

const start = (stage: Stage, env: Record<string, string> = {}) =>
  stage.service({ GMP_REDIS_URL: server.url, ...env });
const ready = async (service: Service) =>
  (await service.api('GET', '/ready', undefined, { token: null })) as {
    status: number;
    body: { redis: string };
  };

test('a maxmemory-policy that is changed while the service runs fails /ready, shows in /status and is logged once', async () => {
  const service = await start(await setStage());
  expect((await ready(service)).status).toBe(200);
  await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
  const sentence =
    'Redis deletes queued jobs when its memory is full (maxmemory-policy allkeys-lru): set its maxmemory-policy to noeviction';
  for (let n = 0; n < 3; n++) {
    expect(await ready(service)).toMatchObject({ status: 503, body: { ok: false, redis: sentence } });
  }
  const { body } = await service.api('GET', '/status');
  expect(body.redis).toBe(sentence);
  expect(service.output().split('Redis deletes queued jobs when')).toHaveLength(2);

  await redis.config('SET', 'maxmemory-policy', 'noeviction');
  expect(await ready(service)).toMatchObject({ status: 200, body: { ok: true, redis: 'ok' } });
  expect((await service.api('GET', '/status')).body.redis).toBe('ok');
});

test('a second installation is refused under the same prefix, also after FLUSHALL, and works under another prefix', async () => {
  const [ours, theirs] = [await setStage(), await setStage()];
  const sink = await ours.sink();
  const service = await start(ours);
  const refusal = {
    code: 'redis_unavailable',
    message: expect.stringMatching(
      /another installation of mail-proxy under the prefix "mail-proxy".*DEL mail-proxy:instance/,
    ),
  };
  await expect(start(theirs)).rejects.toMatchObject(refusal);
  await redis.flushall();
  await waitFor('the mark to be set again', async () => (await redis.exists('mail-proxy:instance')) === 1);
  await expect(start(theirs)).rejects.toMatchObject(refusal);

  const second = await start(theirs, { GMP_REDIS_PREFIX: 'theirs' });
  for (const [one, id] of [
    [service, 'first'],
    [second, 'second'],
  ] as const) {
    const tenant = await addTenant(one, id, { server: sink });
    await tenant.handIn(one, [{ id, from: 'a@x.test', to: ['b@y.test'], subject: 's', body: 'b' }]);
  }
  await sink.waitFor(2);
  expect((await ready(service)).status).toBe(200);
  expect((await ready(second)).status).toBe(200);
});

test('further processes of one installation share its Redis, and a start after all others has it again', async () => {
  const stage = await setStage();
  const [first, second] = [await start(stage), await start(stage)];
  await first.term();
  await second.term();
  expect((await ready(await start(stage))).status).toBe(200);
});

test('an installation whose mark another one has replaced says so in /ready', async () => {
  const service = await start(await setStage());
  await redis.set('mail-proxy:instance', 'another');
  const { status, body } = await ready(service);
  expect(status).toBe(503);
  expect(body.redis).toMatch(/^Redis serves another installation/);
});
