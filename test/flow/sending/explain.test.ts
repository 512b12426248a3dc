// Explaining a message: what stops it, that it is being sent, how many go before it and when it may leave.
import { beforeEach, expect, test } from 'vitest';
import { freeze } from '../../support/programs/freeze.js';
import type { Service } from '../../support/programs/service.js';
import { waitFor } from '../../support/programs/wait-for.js';
import { gatedSink } from '../../support/servers/gated-sink.js';
import { type RedisServer, startRedis } from '../../support/servers/redis.js';
import { mail, mails } from '../../support/stage/mail.js';
import { type Stage, setStage } from '../../support/stage/set-stage.js';
import { addTenant } from '../../support/stage/tenant.js';

interface Explained {
  status: string;
  position?: number;
  expected_ts?: number;
  reasons: { kind: string; description: string; until_ts?: number }[];
}

let stage: Stage;
beforeEach(async () => {
  stage = await setStage();
});

async function explain(service: Service, id: string): Promise<Explained> {
  const { status, body } = await service.api<Explained>('GET', `/messages/${id}/explain?tenant_id=acme`);
  expect(status).toBe(200);
  return body;
}

const nowSeconds = () => Date.now() / 1000;

test('of a queue that is worked on: what is being sent, what is next, and when the last leaves at this pace', async () => {
  const sink = await gatedSink(stage, 500);
  const service = await stage.service({ GMP_MAX_CONCURRENT_PER_ACCOUNT: '1' });
  const tenant = await addTenant(service, 'acme', { server: sink });
  await tenant.handIn(service, mails('m', 40));
  await sink.waitFor(4);
  sink.hold();
  const held = await sink.waitFor((all, { attempts }) => attempts.length > all.length);
  await waitFor('their results to be stored', async () => {
    const { body } = await service.api<{ messages: { status: string }[] }>('GET', '/messages?tenant_id=acme');
    return body.messages.filter(({ status }) => status === 'sent').length === held.length;
  });
  const n = held.length + 1;
  expect(await explain(service, `m-${n}`)).toMatchObject({
    status: 'pending',
    reasons: [{ kind: 'sending' }],
  });
  const next = await explain(service, `m-${n + 1}`);
  expect(next).toMatchObject({ position: 1, reasons: [{ kind: 'queued' }] });
  // Rounded up to a whole second.
  expect(next.expected_ts).toBeLessThanOrEqual(Math.ceil(nowSeconds()));
  const last = await explain(service, 'm-40');
  expect(last).toMatchObject({
    position: 40 - n,
    reasons: [{ kind: 'queued', description: `${39 - n} of its account come before it` }],
  });
  // Half a second each, at least.
  expect(last.expected_ts).toBeGreaterThan(nowSeconds() + (39 - n) * 0.5 - 2);
  sink.release();
});

test('what is suspended is said to be, a batch, a tenant or all, and when it leaves is not', async () => {
  const service = await stage.service();
  const tenant = await addTenant(service, 'acme', { server: await stage.sink() });
  const command = (what: string) => service.api('POST', `/commands/${what}`);
  const said = async () => {
    const { reasons, expected_ts } = await explain(service, 'm');
    return [...reasons.map(({ description }) => description), expected_ts];
  };
  await command('suspend?tenant_id=acme&batch_code=b');
  await tenant.handIn(service, [mail('m', { batch_code: 'b' })]);
  expect(await said()).toEqual(['its batch is suspended', undefined]);
  await command('suspend?tenant_id=acme');
  expect(await said()).toEqual(['the tenant is suspended', undefined]);
  await command('suspend?all=true');
  expect(await said()).toEqual(['all sending is suspended', undefined]);
  await command('activate?all=true');
  await command('activate?tenant_id=acme');
  await tenant.until(service, 'm', ({ status }) => status === 'sent');
  expect(await explain(service, 'm')).toMatchObject({ status: 'sent', reasons: [{ kind: 'sent' }] });
});

test('without a process that sends, this is said before all else', async () => {
  const service = await stage.service({ GMP_ROLES: 'api' });
  const tenant = await addTenant(service, 'acme', { server: await stage.sink() });
  await tenant.handIn(service, [mail('m')]);
  const { reasons, expected_ts } = await explain(service, 'm');
  expect(reasons.map(({ kind }) => kind)).toEqual(['no_worker', 'queued']);
  expect(expected_ts).toBeUndefined();
});

test.each([
  ['is down', (redis: RedisServer) => redis.kill()],
  ['takes commands and answers none', (redis: RedisServer) => freeze(redis.pid)],
])('while Redis %s that is the reason, and when the message leaves is not said', async (_how, away) => {
  const redis = await startRedis();
  const alone = await setStage({ redis });
  const service = await alone.service();
  const tenant = await addTenant(service, 'acme', { server: await alone.sink() });
  const back = await away(redis);
  await tenant.handIn(service, [mail('m')], { timeoutMs: 15_000 });
  const kinds = async () => (await explain(service, 'm')).reasons.map(({ kind }) => kind);
  await waitFor('the failure to be noticed', async () => (await kinds()).includes('redis_down'), {
    timeoutMs: 40_000,
  });
  const { reasons, expected_ts } = await explain(service, 'm');
  expect(reasons).toEqual([
    { kind: 'redis_down', description: expect.stringMatching(/^Redis does not answer \(GMP_REDIS_URL\)/) },
  ]);
  expect(expected_ts).toBeUndefined();
  back?.();
});
