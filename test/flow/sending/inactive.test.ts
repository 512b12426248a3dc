// A service that is told not to send accepts and keeps messages all the same.
import { beforeEach, expect, test } from 'vitest';
import { waitFor } from '../../support/programs/wait-for.js';
import { mail, mails } from '../../support/stage/mail.js';
import { type Stage, setStage } from '../../support/stage/set-stage.js';
import { addTenant } from '../../support/stage/tenant.js';

let stage: Stage;
beforeEach(async () => {
  stage = await setStage();
});

test('with GMP_START_ACTIVE=0 messages are accepted, shown as pending and not sent, until it is 1', async () => {
  const sink = await stage.sink();
  const app = await stage.app();
  const first = await stage.service({ GMP_START_ACTIVE: '0' });
  const tenant = await addTenant(first, 'acme', { app, server: sink });
  await tenant.handIn(first, mails('m', 10));
  const shown = { ok: true, active: false, scheduler_active: false, pending_messages: 10 };
  expect((await first.api('GET', '/status')).body).toMatchObject(shown);
  // Meanwhile the sweep, which comes every second, has found the messages as well.
  await waitFor('two sweeps', async () => {
    const { body } = await first.api<{ uptime_seconds: number }>('GET', '/status');
    return body.uptime_seconds >= 3;
  });
  await tenant.handIn(first, [mail('late', { priority: 0 })]);
  expect((await tenant.list(first)).every(({ status }) => status === 'pending')).toBe(true);
  expect([sink.connectionsSoFar, app.entries.length]).toEqual([0, 0]);
  expect(await first.term()).toBe(0);

  const second = await stage.service({ GMP_START_ACTIVE: '1' });
  await tenant.untilAll(second, ({ reported_ts }) => reported_ts !== undefined);
  expect(sink.count).toBe(11);
  const { body } = await second.api('GET', '/status');
  expect(body).toMatchObject({ active: true, scheduler_active: true, pending_messages: 0 });
});

test('mail of a tenant that is not active is held and new mail rejected, in every process, until it is active', async () => {
  const sink = await stage.sink();
  const [first, second] = [await stage.service(), await stage.service()];
  const tenant = await addTenant(first, 'shop', { server: sink });
  await addTenant(first, 'other', { server: sink });
  await first.api('POST', '/commands/suspend', { tenant_id: 'shop' });
  await tenant.handIn(first, mails('m', 5));
  expect((await first.api('PUT', '/tenant/shop', { active: false })).status).toBe(200);
  await first.api('POST', '/commands/activate', { tenant_id: 'shop' });
  const refused = await second.api('POST', '/commands/add-messages', {
    messages: [mail('new', { tenant_id: 'shop' })],
  });
  expect(refused).toMatchObject({
    status: 400,
    body: { detail: { rejected: [{ id: 'new', reason: 'tenant shop is not active' }] } },
  });
  const why = await second.api('GET', '/messages/m-1/explain?tenant_id=shop');
  expect(JSON.stringify(why.body)).toContain('the tenant is not active');
  expect(sink.count).toBe(0);
  await second.api('PUT', '/tenant/shop', { active: true });
  await waitFor('the held mails', () => sink.count === 5);
});
