// Priority first, first come first served within it: kept by what has to wait, whatever it waits for, while others go on.
import { Redis } from 'ioredis';
import { beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import type { Service } from '../../support/programs/service.js';
import { waitFor } from '../../support/programs/wait-for.js';
import { type GatedSink, gatedSink } from '../../support/servers/gated-sink.js';
import { mail, mails } from '../../support/stage/mail.js';
import { type Stage, setStage } from '../../support/stage/set-stage.js';
import { addTenant, type Tenant } from '../../support/stage/tenant.js';

let stage: Stage;
let service: Service;
let sink: GatedSink;
beforeAll(async () => {
  stage = await setStage();
  service = await stage.service({ GMP_MAX_CONCURRENT_PER_ACCOUNT: '1', GMP_RETRY_DELAYS: '1' });
});
beforeEach(async () => {
  sink = await gatedSink(stage);
});

/** Hands in one message whose reply is kept back, so that all that follow wait behind it. */
async function block(tenant: Tenant, id: string): Promise<void> {
  sink.hold();
  await tenant.handIn(service, [mail(id, { priority: 'immediate' })]);
  await sink.waitFor((_messages, { attempts }) => attempts.at(-1)?.id === id);
}

const command = async (name: string) => {
  const { status } = await service.api('POST', `/commands/${name}`);
  expect(status).toBe(200);
};

/** Two rounds of the sweep, the second of which begins after this was called. */
async function sweepsPass(): Promise<void> {
  await command('run-now');
  await command('run-now');
}

const numbers = (prefix: string, from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => `${prefix}-${from + i}`);

test('over the suspension of a tenant, with messages handed in meanwhile', async () => {
  const tenant = await addTenant(service, 'suspended', { server: sink });
  await block(tenant, 'first');
  await tenant.handIn(service, mails('low', 20, { priority: 'low' }));
  await command('suspend?tenant_id=suspended');
  sink.release();
  await sink.waitFor(1);
  await tenant.handIn(service, [
    ...mails('more', 10, { priority: 'low' }),
    ...mails('high', 5, { priority: 1 }),
  ]);
  await sweepsPass();
  await command('activate?tenant_id=suspended');
  await sink.waitFor(36);
  // The one whose turn it was when it was stopped may have been in hand when the high ones came back to the queue.
  expect(sink.ids()).toEqual([
    'first',
    ...numbers('high', 1, 5),
    ...numbers('low', 1, 20),
    ...numbers('more', 1, 10),
  ]);
});

test('over the suspension of a batch, while another goes on', async () => {
  const tenant = await addTenant(service, 'batches', { server: sink });
  await block(tenant, 'first');
  const pair = (i: number) => [mail(`a-${i}`, { batch_code: 'a' }), mail(`b-${i}`, { batch_code: 'b' })];
  await tenant.handIn(service, [1, 2, 3, 4, 5, 6].flatMap(pair));
  await command('suspend?tenant_id=batches&batch_code=a');
  sink.release();
  await sink.waitFor(7);
  await block(tenant, 'second');
  await tenant.handIn(service, [7, 8, 9].flatMap(pair));
  await sweepsPass();
  await command('activate?tenant_id=batches&batch_code=a');
  const redis = new Redis(stage.redis.url);
  onTestFinished(() => redis.disconnect());
  const isQueued = async () => (await redis.zcard('mail-proxy:send.batches.main:prioritized')) === 12;
  await waitFor('the batch to be queued again', isQueued);
  sink.release();
  await sink.waitFor(20);
  const rest = ['a-7', 'b-7', 'a-8', 'b-8', 'a-9', 'b-9'];
  expect(sink.ids()).toEqual(['first', ...numbers('b', 1, 6), 'second', ...numbers('a', 1, 6), ...rest]);
});

test('over a full window, with messages handed in while it is full', async () => {
  const tenant = await addTenant(service, 'window', { server: sink, account: { limit_per_hour: 3 } });
  await tenant.handIn(service, mails('m', 12));
  await sink.waitFor(3);
  await tenant.until(service, 'm-4', ({ status }) => status === 'deferred');
  await tenant.handIn(service, [...mails('more', 6), ...mails('high', 3, { priority: 'high' })]);
  await sweepsPass();
  await service.api('PUT', '/account/main?tenant_id=window', { limit_per_hour: null });
  await sink.waitFor(21);
  const waited = [...numbers('high', 1, 3), ...numbers('m', 4, 12), ...numbers('more', 1, 6)];
  expect(sink.ids()).toEqual([...numbers('m', 1, 3), ...waited]);
});

test('while one of them fails and is tried again and again', async () => {
  const refusals = new Map<string, number>();
  const server = await stage.sink({
    delayMs: 100,
    onRcpt: (address, attempt) => {
      if (!address.startsWith('m-3@')) return undefined;
      refusals.set(address, attempt);
      return attempt < 4 ? { code: 451, message: '4.7.1 Greylisted, try again' } : undefined;
    },
  });
  const tenant = await addTenant(service, 'greylisted', { server });
  await tenant.handIn(service, mails('m', 40));
  await server.waitFor(40);
  const others = server.messages.map(({ id }) => id).filter((id) => id !== 'm-3');
  expect(others).toEqual(numbers('m', 1, 40).filter((id) => id !== 'm-3'));
  expect([...refusals.values()]).toEqual([4]);
});
