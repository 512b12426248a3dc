// An application is called although there is nothing to tell: at first, at its interval, when it has more; and left alone when it asks.
import { beforeEach, expect, test } from 'vitest';
import type { AppAnswer } from '../../support/servers/report-app.js';
import { mail, mails } from '../../support/stage/mail.js';
import { type Stage, setStage } from '../../support/stage/set-stage.js';
import { addTenant, countIds } from '../../support/stage/tenant.js';

let stage: Stage;
beforeEach(async () => {
  stage = await setStage();
});

const inAnHour = () => Math.floor(Date.now() / 1000) + 3600;

test('a tenant with nothing to report is called at first, then at the interval; one not in use is not', async () => {
  const service = await stage.service({ GMP_SYNC_INTERVAL_SECONDS: '1' });
  const [app, rests, none] = [await stage.app(), await stage.app(), await stage.app()];
  await addTenant(service, 'used', { app });
  await addTenant(service, 'rests', { app: rests, tenant: { active: false } });
  await app.waitFor(({ idleCalls }) => idleCalls.length === 4);
  expect(app.idleCalls.map(({ body }) => body)).toEqual(Array(4).fill({ delivery_report: [] }));
  const gaps = app.idleCalls.slice(1).map((call, i) => call.receivedAt - app.idleCalls[i]!.receivedAt);
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(900);
  expect([rests.idleCalls.length, none.idleCalls.length]).toEqual([0, 0]);
});

test('a tenant is called soon after each start of the service, however long its interval', async () => {
  const app = await stage.app();
  const env = { GMP_SYNC_INTERVAL_SECONDS: '3600' };
  const first = await stage.program(env);
  await addTenant(first, 'acme', { app });
  await app.waitFor(({ idleCalls }) => idleCalls.length === 1);
  await first.kill();
  await stage.emptyRedis();
  await stage.service(env);
  await app.waitFor(({ idleCalls }) => idleCalls.length === 2);
});

test('an application that has more is called again at once until it has not; that is what brings its messages in', async () => {
  const waiting = mails('m', 60);
  const service = await stage.service();
  const sink = await stage.sink();
  const feed = async (): Promise<AppAnswer> => {
    const batch = waiting.splice(0, 10);
    if (batch.length > 0) await tenant.handIn(service, batch);
    return { body: { ok: true, queued: waiting.length } };
  };
  const app = await stage.app({ answer: feed, idle: feed });
  const tenant = await addTenant(service, 'acme', { server: sink });
  await service.api('PUT', '/tenant/acme', { client_base_url: app.url });
  await app.waitFor(({ entries }) => entries.length === 60);
  expect([...countIds(app.entries).values()].every((times) => times === 1)).toBe(true);
});

test('one that always says that it has more is called at a bounded pace, and is told what happens meanwhile', async () => {
  const service = await stage.service();
  const app = await stage.app({ idle: () => ({ body: { queued: 1 } }) });
  const tenant = await addTenant(service, 'careless', { app, server: await stage.sink() });
  await app.waitFor(({ idleCalls }) => idleCalls.length === 7);
  const [first, ...rest] = app.idleCalls.map(({ receivedAt }) => receivedAt);
  // 0.1 + 0.2 + 0.4 + 0.8 + 1.6 + 2 s
  expect(rest.at(-1)! - first!).toBeGreaterThanOrEqual(5000);
  await tenant.handIn(service, [mail('m')]);
  await app.waitForEntry(({ id }) => id === 'm');
});

test('one that asks to be left alone is only told what happened, also by the next start, until its token says otherwise', async () => {
  const quiet = () => ({ body: { ok: true, queued: 5, next_sync_after: inAnHour() } });
  const app = await stage.app({ answer: quiet, idle: quiet });
  const env = { GMP_SYNC_INTERVAL_SECONDS: '1' };
  const first = await stage.service(env);
  const created = await first.api<{ api_key: string }>('POST', '/tenant', {
    id: 'acme',
    client_base_url: app.url,
  });
  const clock = await stage.app();
  await addTenant(first, 'clock', { app: clock });
  const rounds = async (n: number) => {
    const before = clock.idleCalls.length;
    await clock.waitFor(({ idleCalls }) => idleCalls.length >= before + n);
  };
  await app.waitFor(({ idleCalls }) => idleCalls.length === 1);
  await rounds(3);
  expect(app.idleCalls).toHaveLength(1);
  await first.term();

  const second = await stage.service(env);
  await rounds(2);
  const tenant = await addTenant(second, 'acme', { app, server: await stage.sink() });
  await tenant.handIn(second, [mail('m')]);
  await app.waitForEntry(({ id }) => id === 'm');
  await rounds(2);
  expect(app.idleCalls).toHaveLength(1);
  await second.api('POST', '/commands/run-now', undefined, { token: created.body.api_key });
  await app.waitFor(({ idleCalls }) => idleCalls.length === 2);
});
