// Deleting messages, whatever becomes of them at that moment: nothing of them is left, and their ids are free at once.
import { Redis } from 'ioredis';
import { beforeAll, expect, test } from 'vitest';
import type { Service } from '../../support/programs/service.js';
import { waitFor } from '../../support/programs/wait-for.js';
import type { ReportApp } from '../../support/servers/report-app.js';
import type { SmtpAnswer, SmtpSink } from '../../support/servers/smtp-sink.js';
import { mail, mails } from '../../support/stage/mail.js';
import { type Stage, setStage } from '../../support/stage/set-stage.js';
import { query } from '../../support/stage/tables.js';
import { addTenant, type Tenant } from '../../support/stage/tenant.js';

let stage: Stage;
let app: ReportApp;
let service: Service;
beforeAll(async () => {
  stage = await setStage();
  app = await stage.app();
  service = await stage.service({ GMP_MAX_CONCURRENT_PER_ACCOUNT: '2' });
});

async function remove(tenant: Tenant, ids: string[]) {
  const { status, body } = await service.api('POST', `/commands/delete-messages?tenant_id=${tenant.id}`, {
    ids,
  });
  expect(status).toBe(200);
  return body;
}

/** A server that keeps the replies to the first mails back until they are let go. */
async function holding(count: number): Promise<{ sink: SmtpSink; letGo(answer?: SmtpAnswer): void }> {
  const held: ((answer: SmtpAnswer) => void)[] = [];
  const sink = await stage.sink({
    onData: (_message, n) => (n <= count ? new Promise((resolve) => held.push(resolve)) : undefined),
  });
  return {
    sink,
    letGo: (answer) => {
      for (const one of held.splice(0)) one(answer);
    },
  };
}

/** The jobs of a tenant's messages that are in Redis, in whatever state. */
async function jobsOf(tenant: Tenant): Promise<string[]> {
  const redis = new Redis(stage.redis.url);
  const keys = await redis.keys(`mail-proxy:send.${tenant.id}.main:*-*`);
  redis.disconnect();
  return keys.filter((key) => /-\d+$/.test(key));
}

async function rowsOf(table: string, tenant: Tenant): Promise<number> {
  const of = table === 'message_contents' ? 'message_pk IN (SELECT pk FROM messages WHERE' : '(';
  const [row] = await query(
    stage.database,
    `SELECT COUNT(*) AS n FROM ${table} WHERE ${of} tenant_id = '${tenant.id}')`,
  );
  return Number(row?.n);
}

test('takes the jobs away too, of those that wait and of those that wait for their time', async () => {
  const { sink, letGo } = await holding(2);
  const tenant = await addTenant(service, 'jobs', { server: sink });
  await tenant.handIn(service, mails('on', 2));
  await waitFor('two to be on the wire', () => sink.attempts.length === 2);
  await tenant.handIn(service, [...mails('wait', 5), ...mails('time', 5, { deferred_ts: 4_000_000_000 })]);
  await waitFor('all to have jobs', async () => (await jobsOf(tenant)).length === 12);
  const ids = [...mails('wait', 5), ...mails('time', 5)].map(({ id }) => id);
  expect(await remove(tenant, [...ids, 'nothing', 'on-1 '])).toEqual({
    ok: true,
    removed: 10,
    not_found: ['nothing', 'on-1 '],
  });
  expect(await jobsOf(tenant)).toHaveLength(2);
  letGo();
  await tenant.untilAll(service, ({ status }) => status === 'sent');
  expect(sink.messages.map(({ id }) => id).sort()).toEqual(['on-1', 'on-2']);
});

test.each([
  ['takes it', undefined],
  ['refuses it for now', { code: 451, message: 'later' }],
  ['refuses it for good', { code: 550, message: 'never' }],
  ['hangs up', 'drop' as const],
])(
  'of one that is on the wire, whose server then %s: no row comes back, and no report',
  async (how, answer) => {
    const { sink, letGo } = await holding(1);
    const tenant = await addTenant(service, `wire-${how.replaceAll(' ', '-')}`, { app, server: sink });
    await tenant.handIn(service, [mail('x')]);
    await waitFor('it to be on the wire', () => sink.attempts.length === 1);
    expect(await remove(tenant, ['x'])).toEqual({ ok: true, removed: 1 });
    letGo(answer);
    await tenant.handIn(service, [mail('after')]);
    await tenant.until(service, 'after', ({ status }) => status === 'sent');
    await app.waitForEntry(({ id, tenant_id }) => id === 'after' && tenant_id === tenant.id);
    expect((await tenant.list(service)).map(({ id }) => id)).toEqual(['after']);
    expect([await rowsOf('events', tenant), await rowsOf('message_contents', tenant)]).toEqual([2, 1]);
    expect(app.entries.filter(({ tenant_id, id }) => tenant_id === tenant.id && id === 'x')).toEqual([]);
    expect(await remove(tenant, ['x'])).toEqual({ ok: true, removed: 0, not_found: ['x'] });
    // Nobody else had to do with it.
    expect(service.output()).not.toMatch(/took|given back|replaced/);
  },
);

test('of one that is on the wire, and handed in again at once: the second is a message of its own', async () => {
  const { sink, letGo } = await holding(1);
  const tenant = await addTenant(service, 'again', { app, server: sink });
  await tenant.handIn(service, [mail('x', { subject: 'First' })]);
  await waitFor('it to be on the wire', () => sink.attempts.length === 1);
  const { pk } = await tenant.find(service, 'x');
  await remove(tenant, ['x']);
  await tenant.handIn(service, [mail('x', { subject: 'Second' })]);
  const second = await tenant.until(service, 'x', ({ status }) => status === 'sent');
  expect(second.pk).not.toBe(pk);
  letGo({ code: 550, message: 'never' });
  await tenant.handIn(service, [mail('after')]);
  await tenant.until(service, 'after', ({ reported_ts }) => reported_ts !== undefined);
  const { status, history } = await tenant.find(service, 'x');
  expect([status, history.map(({ event_type }) => event_type)]).toEqual(['sent', ['queued', 'sent']]);
  expect(sink.messages.map((one) => one.header('Subject'))).toEqual(['Second', 'About after']);
});

test('while hundreds are sent: each is sent or deleted, none is lost and none comes back', async () => {
  const sink = await stage.sink();
  const tenant = await addTenant(service, 'many', { app, server: sink });
  const all = mails('n', 200);
  await tenant.handIn(service, all);
  await sink.waitFor(10);
  const ids = all.map(({ id }) => id);
  const answers = await Promise.all(
    [0, 1, 2, 3].map((part) =>
      remove(
        tenant,
        ids.filter((_, i) => i % 5 === part),
      ),
    ),
  );
  expect(answers.map(({ removed }) => removed)).toEqual([40, 40, 40, 40]);
  await tenant.untilAll(service, ({ reported_ts }) => reported_ts !== undefined);
  const left = (await tenant.list(service)).map(({ id }) => id);
  expect(left.sort()).toEqual(ids.filter((_, i) => i % 5 === 4).sort());
  const arrived = sink.messages.map(({ id }) => id);
  expect(new Set(arrived).size).toBe(arrived.length);
  expect(arrived).toEqual(expect.arrayContaining(left));
  expect(arrived.length).toBeLessThan(200);
  await waitFor('the queue to be empty', async () => (await jobsOf(tenant)).length === 0);
  expect(service.output()).not.toMatch(/A request failed|broke off/);
});
