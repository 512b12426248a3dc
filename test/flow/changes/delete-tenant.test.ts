// Deleting a tenant takes everything of it, from the database, from Redis and off the wire, and nothing of any other tenant.
import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Service } from '../../support/programs/service.js';
import { waitFor } from '../../support/programs/wait-for.js';
import type { ReportApp } from '../../support/servers/report-app.js';
import type { SmtpSink } from '../../support/servers/smtp-sink.js';
import { mail } from '../../support/stage/mail.js';
import { type Stage, setStage } from '../../support/stage/set-stage.js';
import { query, tablesOf } from '../../support/stage/tables.js';
import { addAccount, addTenant } from '../../support/stage/tenant.js';

let stage: Stage;
let service: Service;
let redis: Redis;
beforeEach(async () => {
  stage = await setStage();
  redis = new Redis(stage.redis.url);
  service = await stage.service({ GMP_ACCOUNT_IDLE_SECONDS: '1' });
});
afterEach(async () => {
  redis.disconnect();
});

/** What outlives a tenant on purpose: who did what, and migrations. */
const kept = [/command/, /^_prisma/];
const later = { deferred_ts: 4_000_000_000 };

/** How many rows of each table hold one of these values. The rows that add up to the usage, and those of the history, differ with the timing. */
async function countRows(values: string[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const table of await tablesOf(stage.database)) {
    if (kept.some((pattern) => pattern.test(table))) continue;
    const rows = await query(stage.database, `SELECT * FROM ${table}`);
    const isHeld = (value: string) => values.some((one) => value === one || value.startsWith(`${one}/`));
    const held = rows.filter((row) => Object.values(row).some((value) => isHeld(String(value))));
    if (held.length > 0) counts[table] = held.length;
  }
  return counts;
}

async function keysOf(id: string): Promise<string[]> {
  return (await redis.keys(`*:send.${id}*`)).filter((name) => /:send\.\w+\.\w+:\w{26}-/.test(name));
}

/** A tenant with everything a tenant can have: sent, waiting and suspended messages, also of an account that is gone. */
async function settle(id: string, { sink, app }: { sink: SmtpSink; app: ReportApp }) {
  const tenant = await addTenant(service, id, { app, server: sink, account: { limit_per_hour: 100 } });
  await addAccount(service, id, 'gone', sink);
  await service.api('POST', `/commands/suspend?tenant_id=${id}&batch_code=b1`);
  await tenant.handIn(service, [mail('sent', { account_id: 'main' })]);
  await tenant.until(service, 'sent', ({ reported_ts }) => reported_ts !== undefined);
  await tenant.handIn(service, [
    mail('later', { account_id: 'main', ...later }),
    mail('stopped', { account_id: 'main', batch_code: 'b1' }),
    mail('orphan', { account_id: 'gone', ...later }),
  ]);
  await service.api('DELETE', `/account/gone?tenant_id=${id}`);
  return [id, ...(await tenant.list(service)).map(({ pk }) => pk)];
}

test('of two tenants with the same ids of accounts and messages, one is deleted and the other stays whole', async () => {
  const far = await Promise.all([stage.sink(), stage.app()]).then(([sink, app]) => ({ sink, app }));
  const near = await Promise.all([stage.sink(), stage.app()]).then(([sink, app]) => ({ sink, app }));
  const first = await settle('first', far);
  const second = await settle('second', near);
  // The job of the message whose account is gone is removed; the sweep queues it again when it is due.
  await waitFor('the jobs of both', async () => {
    const counts = await Promise.all(['first', 'second'].map(keysOf));
    return counts.every((keys) => keys.length === 1);
  });
  const { tenant_usage: usage, history_minutes, history_hours, ...before } = await countRows(second);
  expect(usage).toBeGreaterThan(0);
  for (const table of [
    'tenants',
    'accounts',
    'messages',
    'message_contents',
    'events',
    'tenant_tokens',
    'suspensions',
  ])
    expect(before[table], table).toBeGreaterThan(0);
  expect(await countRows(first)).toMatchObject(before);

  expect(await service.api('DELETE', '/tenant/first')).toMatchObject({ status: 200, body: { ok: true } });
  expect(await countRows(first)).toEqual({});
  expect(await countRows(second)).toMatchObject(before);
  await waitFor('its queues to be gone', async () => (await redis.keys('*:send.first*')).length === 0);
  expect(await keysOf('second')).toHaveLength(1);
  await far.sink.waitFor(() => far.sink.connections === 0);

  await service.api('POST', '/commands/activate?tenant_id=second&batch_code=b1');
  await near.sink.waitFor((messages) => messages.some(({ id }) => id === 'stopped'));
  expect(far.sink.messages.map(({ id }) => id)).toEqual(['sent']);
});

test('a tenant that is created anew under the same name does not wait for the reports of the old one', async () => {
  const broken = await stage.app({ answer: () => ({ status: 500 }) });
  const sink = await stage.sink();
  const old = await addTenant(service, 'shop', { app: broken, server: sink });
  await old.handIn(service, [mail('m')]);
  await broken.waitFor(({ calls }) => calls.length >= 4);
  await waitFor(
    'its next try to be put off',
    async () => (await redis.zcard('mail-proxy:report:delayed')) === 1,
  );
  const { body } = await service.api<{ ok: boolean }>('DELETE', '/tenant/shop');
  expect(body.ok).toBe(true);
  const app = await stage.app();
  const renewed = await addTenant(service, 'shop', { app, server: sink });
  await renewed.handIn(service, [mail('m')]);
  // The next try of the old one would be eight seconds away.
  await app.waitForEntry(({ id }) => id === 'm', { timeoutMs: 5000 });
  expect(app.entries).toHaveLength(1);
});
