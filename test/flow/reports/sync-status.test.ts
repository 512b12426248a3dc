// /tenants/sync-status tells when each application last took a report, whether one is due, and who wants to be left alone.
import { beforeEach, expect, test } from 'vitest';
import type { Service } from '../../support/programs/service.js';
import { waitFor } from '../../support/programs/wait-for.js';
import type { AppAnswer } from '../../support/servers/report-app.js';
import { mail } from '../../support/stage/mail.js';
import { type Stage, setStage } from '../../support/stage/set-stage.js';
import { query } from '../../support/stage/tables.js';
import { addTenant } from '../../support/stage/tenant.js';

let stage: Stage;
let service: Service;
beforeEach(async () => {
  stage = await setStage();
  service = await stage.service({ GMP_SYNC_INTERVAL_SECONDS: '200' });
});

interface Status {
  id: string;
  last_sync_ts?: number;
  next_sync_due: boolean;
  in_dnd: boolean;
}

async function statusOf(id: string): Promise<Status | undefined> {
  const { body } = await service.api<{ tenants: Status[] }>('GET', '/tenants/sync-status');
  return body.tenants.find((tenant) => tenant.id === id);
}

const soon = () => Math.floor(Date.now() / 1000) + 3600;
const startOfSecond = () => Math.floor(Date.now() / 1000);

test('a tenant is due until its first call, then when the interval has passed; one without an endpoint never', async () => {
  let answer: (answer: AppAnswer) => void = () => {};
  const idle = () =>
    new Promise<AppAnswer>((resolve) => {
      answer = resolve;
    });
  const [sink, app] = [await stage.sink(), await stage.app({ idle })];
  const began = startOfSecond();
  const shop = await addTenant(service, 'shop', { app, server: sink, tenant: { name: 'Shop' } });
  await addTenant(service, 'mute');
  await addTenant(service, 'resting', { app, tenant: { active: false } });
  const { body } = await service.api('GET', '/tenants/sync-status');
  expect(body).toEqual({
    ok: true,
    sync_interval_seconds: 200,
    tenants: [
      { id: 'mute', active: true, next_sync_due: false, in_dnd: false },
      { id: 'resting', active: false, client_base_url: app.url, next_sync_due: false, in_dnd: false },
      {
        id: 'shop',
        name: 'Shop',
        active: true,
        client_base_url: app.url,
        next_sync_due: true,
        in_dnd: false,
      },
    ],
  });

  await app.waitFor(({ idleCalls }) => idleCalls.length === 1);
  answer({});
  await waitFor('the call to be recorded', async () => (await statusOf('shop'))?.last_sync_ts !== undefined);
  await shop.handIn(service, [mail('m')]);
  await shop.until(service, 'm', ({ reported_ts }) => reported_ts !== undefined);
  const told = await statusOf('shop');
  expect(told).toMatchObject({ next_sync_due: false, in_dnd: false });
  expect(told?.last_sync_ts).toBeGreaterThanOrEqual(began);
  expect(told?.last_sync_ts).toBeLessThanOrEqual(startOfSecond());

  await query(stage.database, 'UPDATE tenants SET next_call_at = next_call_at - 200001');
  await app.waitFor(({ idleCalls }) => idleCalls.length === 2);
  expect(await statusOf('shop')).toMatchObject({ next_sync_due: true });
  answer({});
});

test('who asks to be left alone is, until its own token says otherwise or it answers anew', async () => {
  const answers: unknown[] = [
    { ok: true, next_sync_after: soon() },
    { ok: true, next_sync_after: soon() },
  ];
  const [sink, app] = [
    await stage.sink(),
    await stage.app({ answer: (_call, n) => ({ body: answers[n - 1] ?? 'OK' }) }),
  ];
  const created = await service.api<{ api_key: string }>('POST', '/tenant', {
    id: 'shop',
    client_base_url: app.url,
  });
  const token = created.body.api_key;
  const shop = await addTenant(service, 'shop', { app, server: sink });
  const report = async (id: string) => {
    await shop.handIn(service, [mail(id)]);
    await shop.until(service, id, ({ reported_ts }) => reported_ts !== undefined);
  };
  await report('one');
  expect(await statusOf('shop')).toMatchObject({ in_dnd: true, next_sync_due: false });
  // Events are told all the same, and the time counts although the interval has passed.
  await query(stage.database, 'UPDATE tenants SET next_call_at = next_call_at - 7200000');
  expect(await statusOf('shop')).toMatchObject({ in_dnd: true, next_sync_due: false });

  expect((await service.api('POST', '/commands/run-now')).status).toBe(200);
  expect(await statusOf('shop')).toMatchObject({ in_dnd: true });
  const quietCalls = app.idleCalls.length;
  expect((await service.api('POST', '/commands/run-now', undefined, { token })).status).toBe(200);
  expect(await statusOf('shop')).toMatchObject({ in_dnd: false });
  await app.waitFor(({ idleCalls }) => idleCalls.length > quietCalls);

  await report('two');
  expect(await statusOf('shop')).toMatchObject({ in_dnd: true });
  await report('three');
  expect(await statusOf('shop')).toMatchObject({ in_dnd: false });
});

test('a report that is not taken is due, and is no sync', async () => {
  const refuse = () => ({ status: 503, body: { next_sync_after: soon() } });
  const app = await stage.app({ answer: refuse, idle: refuse });
  const shop = await addTenant(service, 'shop', { app, server: await stage.sink() });
  await shop.handIn(service, [mail('m')]);
  await waitFor('a report that is refused', async () => app.calls.length > 0);
  const status = await statusOf('shop');
  expect(status).toMatchObject({ next_sync_due: true, in_dnd: false });
  expect(status).not.toHaveProperty('last_sync_ts');
});
