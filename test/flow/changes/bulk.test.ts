// Many messages at once are retried, cancelled or given another priority, by their ids or all that fit a filter.
import { expect, test } from 'vitest';
import type { Service } from '../../support/programs/service.js';
import { waitFor } from '../../support/programs/wait-for.js';
import { mail, mails } from '../../support/stage/mail.js';
import { setStage } from '../../support/stage/set-stage.js';
import { addTenant } from '../../support/stage/tenant.js';

interface Shown {
  change: { id: string; state: string; examined: number; changed: number };
}

const far = 4_000_000_000;

async function change(service: Service, command: string, body: object) {
  const path = `/commands/${command}-messages?tenant_id=shop`;
  const begun = await service.api<Shown>('POST', path, body);
  expect([begun.status, begun.body]).toMatchObject([200, { change: { action: command } }]);
  let shown = begun.body.change;
  await waitFor('the end of the change', async () => {
    const found = await service.api<Shown>('GET', `/bulk-changes/${shown.id}?tenant_id=shop`);
    shown = found.body.change;
    return shown.state !== 'running';
  });
  return shown;
}

test('Messages that failed or wait are sent at once, with all their retries, and nobody gets a mail twice', async () => {
  const stage = await setStage();
  const app = await stage.app();
  // No retry of its own would come in time.
  const service = await stage.service({ GMP_RETRY_DELAYS: '3600' });
  let isWell = false;
  const sink = await stage.sink({
    onRcpt: (address) => {
      if (isWell || address.startsWith('fine')) return undefined;
      return address.startsWith('later')
        ? { code: 450, message: '4.2.0 try later' }
        : { code: 550, message: '5.1.1 no such user' };
    },
  });
  const tenant = await addTenant(service, 'shop', { app, server: sink });
  await tenant.handIn(service, [
    ...mails('gone', 450, { to: 'gone@example.com' }),
    mail('partly', { to: ['fine@example.com', 'later@example.com'] }),
  ]);
  await tenant.untilAll(service, ({ status }) => ['error', 'deferred'].includes(status));
  isWell = true;
  expect(await change(service, 'retry', { filter: { error: 'NO SUCH user' } })).toMatchObject({
    state: 'done',
    examined: 450,
    changed: 450,
  });
  expect(await change(service, 'retry', { ids: ['partly', 'unknown'] })).toMatchObject({ changed: 1 });
  await tenant.untilAll(service, ({ status, reported_ts }) => status === 'sent' && reported_ts !== undefined);
  const reached = sink.messages.flatMap(({ rcptTo }) => rcptTo).sort();
  expect(reached).toEqual(['fine@example.com', ...Array(450).fill('gone@example.com'), 'later@example.com']);
  const one = await tenant.until(service, 'gone-1', ({ status }) => status === 'sent');
  expect(one).not.toHaveProperty('error');
  // What was sent is not sent again.
  expect(await change(service, 'retry', { filter: {} })).toMatchObject({ examined: 0, changed: 0 });
  expect(await change(service, 'retry', { ids: ['gone-1'] })).toMatchObject({ examined: 1, changed: 0 });
});

test('What waits is given up and reported, or goes before others; a tenant reaches its own messages alone', async () => {
  const stage = await setStage();
  const app = await stage.app();
  const service = await stage.service();
  const sink = await stage.sink();
  const tenant = await addTenant(service, 'shop', { app, server: sink });
  const other = await addTenant(service, 'other', { server: sink });
  await service.api('POST', '/commands/suspend', { tenant_id: 'shop' });
  await tenant.handIn(service, mails('early', 3, { priority: 3 }));
  await tenant.handIn(service, [mail('urgent', { priority: 3, subject: 'Very urgent' })]);
  await tenant.handIn(service, mails('dropped', 3, { batch_code: 'b', deferred_ts: far }));
  await other.handIn(service, [mail('theirs', { batch_code: 'b', deferred_ts: far })]);

  const cancelled = await change(service, 'cancel', { filter: { batch_code: 'b' } });
  expect(cancelled).toMatchObject({ examined: 3, changed: 3 });
  await tenant.until(service, 'dropped-1', ({ status, reported_ts }) => status === 'error' && !!reported_ts);
  expect(app.entries.filter(({ error }) => error === 'Cancelled')).toHaveLength(3);
  const theirs = await other.list(service);
  expect(theirs).toMatchObject([{ id: 'theirs', status: 'deferred' }]);

  await change(service, 'prioritize', { filter: { search: 'URGENT' }, priority: 0 });
  await service.api('POST', '/commands/activate', { tenant_id: 'shop' });
  await waitFor('the mails', () => sink.count === 4);
  expect(sink.messages[0]?.id).toBe('urgent');
});

test('A call that names no messages, or both ids and a filter, is refused, and so is a change of another tenant', async () => {
  const stage = await setStage();
  const service = await stage.service();
  await addTenant(service, 'shop', {});
  await addTenant(service, 'other', {});
  for (const body of [{}, { ids: ['a'], filter: {} }])
    expect((await service.api('POST', '/commands/retry-messages?tenant_id=shop', body)).status).toBe(400);
  const { body } = await service.api<Shown>('POST', '/commands/cancel-messages?tenant_id=shop', {
    ids: ['a'],
  });
  for (const [method, path] of [
    ['GET', ''],
    ['POST', '/stop'],
  ] as const)
    expect((await service.api(method, `/bulk-changes/${body.change.id}${path}?tenant_id=other`)).status).toBe(
      404,
    );
});
