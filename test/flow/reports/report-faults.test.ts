// An application that is down, slow or broken loses no event, and harms nobody but itself.
import { Redis } from 'ioredis';
import { beforeEach, expect, test } from 'vitest';
import { waitFor } from '../../support/programs/wait-for.js';
import type { AppAnswer, AppCall } from '../../support/servers/report-app.js';
import type { SmtpSink } from '../../support/servers/smtp-sink.js';
import { mails } from '../../support/stage/mail.js';
import { type Stage, setStage } from '../../support/stage/set-stage.js';
import { query } from '../../support/stage/tables.js';
import { addTenant } from '../../support/stage/tenant.js';

const patience = { timeoutMs: 30_000 };

let stage: Stage;
let sink: SmtpSink;
beforeEach(async () => {
  stage = await setStage();
  sink = await stage.sink();
});

const faults: [string, AppAnswer][] = [
  ['503', { status: 503, body: { error: 'busy' } }],
  ['redirect', { status: 307, headers: { location: '/elsewhere' } }],
  ['hang', { hang: true }],
  ['drop', { drop: true }],
];

test('an endpoint that fails gets the same events again until it takes them: 503, redirect, hang, drop', async () => {
  const service = await stage.service({ GMP_REPORT_TIMEOUT_SECONDS: '1', GMP_SYNC_INTERVAL_SECONDS: '1' });
  const failing = async ([what, fault]: [string, AppAnswer]) => {
    const app = await stage.app({ answer: (_call, n) => (n <= 2 ? fault : undefined) });
    const tenant = await addTenant(service, what, { app, server: sink });
    await tenant.handIn(service, mails('m', 3));
    await app.waitFor(({ calls }) => calls.length >= 2, patience);
    expect((await tenant.list(service)).every(({ reported_ts }) => reported_ts === undefined)).toBe(true);

    await tenant.untilAll(service, ({ reported_ts }) => reported_ts !== undefined);
    const [first, second] = app.calls.map(idsIn);
    expect(second).toEqual(expect.arrayContaining(first!));
    const acknowledged = app.calls.slice(2).flatMap(idsIn).sort();
    expect(acknowledged).toEqual(['m-1', 'm-2', 'm-3']);
  };
  await Promise.all(faults.map(failing));
});

test('an application that is not there is told once it is', async () => {
  const service = await stage.service({ GMP_SYNC_INTERVAL_SECONDS: '1' });
  const away = await stage.app();
  await away.stop();
  const tenant = await addTenant(service, 'away', { app: away, server: sink });
  await tenant.handIn(service, mails('m', 3));
  await tenant.untilAll(service, ({ status }) => status === 'sent');
  const app = await stage.app({ port: away.port });
  await tenant.untilAll(service, ({ reported_ts }) => reported_ts !== undefined);
  expect(app.entries.map(({ id }) => id).sort()).toEqual(['m-1', 'm-2', 'm-3']);
});

test('a stored secret that no key opens delays the reports of its tenant only, until it is set again', async () => {
  const service = await stage.service({ GMP_SYNC_INTERVAL_SECONDS: '1' });
  const client_auth = { method: 'bearer', token: 'token-of-the-application' };
  const [app, otherApp] = [await stage.app(), await stage.app()];
  const shop = await addTenant(service, 'shop', { app, server: sink, tenant: { client_auth } });
  const other = await addTenant(service, 'other', { app: otherApp, server: sink, tenant: { client_auth } });
  await query(
    stage.database,
    "UPDATE tenants SET client_secret = 'v1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' WHERE id = 'shop'",
  );
  await shop.handIn(service, mails('m', 2));
  await other.handIn(service, mails('m', 2));
  await other.untilAll(service, ({ reported_ts }) => reported_ts !== undefined);
  await waitFor('the log to name the tenant', () =>
    service.output().includes('A stored secret of tenant "shop" cannot be decrypted with GMP_ENCRYPTION_KEY'),
  );
  expect(app.calls).toEqual([]);
  await waitFor('sync-status and the metrics to show the fault of this tenant alone', async () => {
    const { body } = await service.api<{ tenants: { id: string; fault?: string }[] }>(
      'GET',
      '/tenants/sync-status',
    );
    const faults = Object.fromEntries(body.tenants.map(({ id, fault }) => [id, fault]));
    const text = await (await fetch(`${service.url}/metrics`)).text();
    return (
      faults.shop?.startsWith('A stored secret of tenant "shop" cannot be decrypted') &&
      faults.other === undefined &&
      text.includes('gmp_report_broken{tenant_id="shop",tenant_name="shop"} 1') &&
      text.includes('gmp_report_broken{tenant_id="other",tenant_name="other"} 0')
    );
  });
  await service.api('PUT', '/tenant/shop', { client_auth });
  await shop.untilAll(service, ({ reported_ts }) => reported_ts !== undefined);
  expect(service.output()).not.toMatch(/token-of-the-application|v1:AAAA/);
});

test('a report that a fault of the service breaks off shows in sync-status, and goes out once the fault is over', async () => {
  const service = await stage.service();
  const app = await stage.app();
  const shop = await addTenant(service, 'shop', { server: sink });
  await shop.handIn(service, mails('m', 2));
  await shop.untilAll(service, ({ status }) => status === 'sent');
  await query(stage.database, "UPDATE events SET metadata = '{' WHERE type = 'sent'");
  await service.api('PUT', '/tenant/shop', { client_base_url: app.url });
  const faultOf = async () => {
    const { body } = await service.api<{ tenants: { fault?: string }[] }>('GET', '/tenants/sync-status');
    return body.tenants[0]?.fault;
  };
  await waitFor('the report to break off', async () => (await faultOf()) !== undefined);
  expect(await faultOf()).toBe('The report broke off (SyntaxError); the log has it as report.broke_off');
  await query(stage.database, "UPDATE events SET metadata = NULL WHERE type = 'sent'");
  await service.api('PUT', '/tenant/shop', { name: 'The shop' });
  await shop.untilAll(service, ({ reported_ts }) => reported_ts !== undefined);
  expect(app.entries.map(({ id }) => id).sort()).toEqual(['m-1', 'm-2']);
  expect(await faultOf()).toBeUndefined();
});

test('a tenant whose endpoint hangs does not delay the report of another', async () => {
  const answers: ((answer: AppAnswer) => void)[] = [];
  // Only the first call: on a busy machine it may bring a part of the events.
  const hanging = await stage.app({
    answer: (_call, n) => (n === 1 ? new Promise((answer) => answers.push(answer)) : undefined),
  });
  const app = await stage.app();
  const service = await stage.service({ GMP_REPORT_TIMEOUT_SECONDS: '600' });
  const slow = await addTenant(service, 'slow', { app: hanging, server: sink });
  const quick = await addTenant(service, 'quick', { app, server: sink });
  await slow.handIn(service, mails('m', 3));
  await hanging.waitFor(({ calls }) => calls.length === 1);
  await quick.handIn(service, mails('m', 3));
  await quick.untilAll(service, ({ reported_ts }) => reported_ts !== undefined);
  expect([hanging.calls.length, app.entries.length]).toEqual([1, 3]);
  answers[0]!({});
  await slow.untilAll(service, ({ reported_ts }) => reported_ts !== undefined);
});

test('an endpoint that has moved is told as soon as the tenant says where, not when its next try would have been', async () => {
  const service = await stage.service();
  const [broken, app] = [await stage.app({ answer: () => ({ status: 503 }) }), await stage.app()];
  const tenant = await addTenant(service, 'moving', { app: broken, server: sink });
  await tenant.handIn(service, mails('m', 3));
  // The next try is eight seconds away, or more.
  await broken.waitFor(({ calls }) => calls.length >= 4);
  const redis = new Redis(stage.redis.url);
  await waitFor('it to be put off', async () => (await redis.zcard('mail-proxy:report:delayed')) === 1);
  redis.disconnect();
  await service.api('PUT', '/tenant/moving', { client_base_url: app.url });
  await app.waitFor(({ entries }) => entries.length === 3, { timeoutMs: 5000 });
});

test('an endpoint that hangs does not keep the service from stopping, and is told after the next start', async () => {
  const app = await stage.app({ answer: (_call, n) => (n === 1 ? { hang: true } : undefined) });
  const first = await stage.service({ GMP_REPORT_TIMEOUT_SECONDS: '600', GMP_SHUTDOWN_GRACE_SECONDS: '2' });
  const tenant = await addTenant(first, 'acme', { app, server: sink });
  await tenant.handIn(first, mails('m', 3));
  await app.waitFor(({ calls }) => calls.length === 1);
  expect(await first.term()).toBe(0);

  const second = await stage.service();
  await tenant.untilAll(second, ({ reported_ts }) => reported_ts !== undefined);
});

function idsIn({ body }: AppCall): string[] {
  return (body as { delivery_report: { id: string }[] }).delivery_report.map(({ id }) => id);
}
