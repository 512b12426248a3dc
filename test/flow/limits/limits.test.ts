// Limits seen from outside: who waits is told once until when, goes on in order, and at once when the limit is raised.
import { beforeAll, expect, test } from 'vitest';
import type { Service } from '../../support/programs/service.js';
import { waitFor } from '../../support/programs/wait-for.js';
import { mail, mails } from '../../support/stage/mail.js';
import { type Stage, setStage } from '../../support/stage/set-stage.js';
import { addTenant, type Tenant } from '../../support/stage/tenant.js';

let stage: Stage;
let service: Service;
beforeAll(async () => {
  stage = await setStage();
  service = await stage.service();
});

interface Explained {
  status: string;
  position?: number;
  expected_ts?: number;
  reasons: { kind: string; window?: string; limit?: number; until_ts?: number; description: string }[];
}

async function explain({ id }: Tenant, message: string): Promise<Explained> {
  const { status, body } = await service.api<Explained>(
    'GET',
    `/messages/${message}/explain?tenant_id=${id}`,
  );
  expect(status).toBe(200);
  return body;
}

test('a full window defers the others once each, says when it opens, and lets them go in order when raised', async () => {
  const sink = await stage.sink();
  const app = await stage.app();
  const tenant = await addTenant(service, 'full', { app, server: sink, account: { limit_per_minute: 2 } });
  await tenant.handIn(service, mails('m', 6, { priority: 'low' }));
  const before = Math.floor(Date.now() / 1000);
  await sink.waitFor(2);
  const waiting = await tenant.until(service, 'm-3', ({ status }) => status === 'deferred');
  expect(waiting.deferred_ts).toBeGreaterThan(before + 50);
  expect(waiting.deferred_ts).toBeLessThan(before + 70);
  expect(waiting.retry_count).toBe(0);

  const said = await explain(tenant, 'm-3');
  expect(said).toMatchObject({ status: 'deferred', position: 1 });
  expect(said.reasons).toMatchObject([{ kind: 'rate_limit', window: 'minute', limit: 2 }]);
  expect(Math.abs(Number(said.expected_ts) - Number(waiting.deferred_ts))).toBeLessThanOrEqual(2);
  const last = await explain(tenant, 'm-6');
  expect(last.position).toBe(4);
  expect(Number(last.expected_ts) - Number(said.expected_ts)).toBeGreaterThan(50);

  // Sweeps and new messages come by meanwhile, and change nothing.
  await tenant.handIn(service, [mail('more', { priority: 'low' })]);
  await service.api('POST', '/commands/run-now');
  await tenant.until(service, 'more', ({ history }) => history.length > 0);
  expect(sink.count).toBe(2);
  const deferrals = (await tenant.find(service, 'm-3')).history.filter(
    ({ event_type }) => event_type === 'deferred',
  );
  expect(deferrals).toHaveLength(1);
  expect(deferrals[0]?.metadata).toMatchObject({ rate_limit: { window: 'minute', limit: 2 } });
  await app.waitForEntry(({ id }) => id === 'm-3');
  expect(app.entries.filter(({ id }) => id === 'm-3')).toMatchObject([{ deferred_ts: expect.any(Number) }]);

  await service.api('PUT', '/account/main?tenant_id=full', { limit_per_minute: 100 });
  await sink.waitFor(7);
  const rest = sink.messages.slice(2).map(({ id }) => id);
  expect([...rest].sort()).toEqual(['m-3', 'm-4', 'm-5', 'm-6', 'more']);
});

test('with limit_behavior reject a message without room fails at once', async () => {
  const sink = await stage.sink();
  const tenant = await addTenant(service, 'reject', {
    server: sink,
    account: { limit_per_hour: 3, limit_behavior: 'reject' },
  });
  await tenant.handIn(service, mails('m', 5));
  const all = await tenant.untilAll(service, ({ status }) => status === 'sent' || status === 'error');
  expect(sink.count).toBe(3);
  expect(all.filter(({ status }) => status === 'error').map(({ error }) => error)).toEqual([
    'rate_limit_exceeded',
    'rate_limit_exceeded',
  ]);
});

test("a tenant's limit holds over all its accounts, and another tenant is not touched by it", async () => {
  const sink = await stage.sink();
  const tenant = await addTenant(service, 'whole', { server: sink, tenant: { rate_limits: { hourly: 3 } } });
  await service.api('POST', '/account', {
    id: 'second',
    tenant_id: 'whole',
    host: sink.host,
    port: sink.port,
  });
  await tenant.handIn(service, [
    ...mails('a', 3, { account_id: 'main' }),
    ...mails('b', 3, { account_id: 'second' }),
  ]);
  const other = await addTenant(service, 'apart', { server: sink });
  await other.handIn(service, mails('c', 4));
  await other.untilAll(service, ({ status }) => status === 'sent');
  // The others wait, those that a resting queue has not come to yet as pending.
  await waitFor('one to be deferred, and three to be sent', async () => {
    const statuses = (await tenant.list(service)).map(({ status }) => status);
    return statuses.includes('deferred') && statuses.filter((status) => status === 'sent').length === 3;
  });
  expect(sink.messages.filter(({ id }) => !id?.startsWith('c'))).toHaveLength(3);
  await service.api('PUT', '/tenant/whole', { rate_limits: null });
  await sink.waitFor(10);
});

test('with spread the mails of a minute leave one after the other instead of at once', async () => {
  const sink = await stage.sink();
  const tenant = await addTenant(service, 'spread', {
    server: sink,
    account: { limit_per_minute: 60, spread: true },
  });
  await tenant.handIn(service, mails('m', 4));
  await sink.waitFor(4);
  const times = sink.messages.map(({ receivedAt }) => receivedAt);
  const gaps = times.slice(1).map((at, i) => at - (times[i] ?? 0));
  expect(gaps.filter((ms) => ms < 700)).toEqual([]);
});
