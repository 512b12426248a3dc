// What needs attention is told to the admin of everything, and to a tenant of itself alone.
import { beforeEach, expect, test } from 'vitest';
import { findAttention } from '../../../src/explain/find-attention.js';
import { openBreaker } from '../../../src/store/accounts/breaker.js';
import { putAccount } from '../../../src/store/accounts/change.js';
import { claimMessages } from '../../../src/store/messages/claim.js';
import { insertMessages } from '../../../src/store/messages/insert.js';
import { recordResults, slotsOf } from '../../../src/store/messages/record-results.js';
import { putTenant } from '../../../src/store/tenants/change.js';
import { setActive, suspend } from '../../../src/store/tenants/suspend.js';
import type { FreshDatabase } from '../../support/stage/databases.js';
import {
  addTenant,
  endOf,
  freshStore,
  newMessage,
  newYear,
  type StoreContext,
} from '../../support/stage/open-store.js';
import { query } from '../../support/stage/tables.js';

const minute = 60_000;

let ctx: StoreContext;
let database: FreshDatabase;
let redisFault: string | undefined;
beforeEach(async () => {
  ({ ctx, database } = await freshStore());
  redisFault = undefined;
  await query(database, "INSERT INTO instance (id, uid, created_at) VALUES (1, 'uid', 1)");
  await query(database, processRow('worker-1', newYear));
  await addTenant(ctx);
  await addTenant(ctx, 'other');
});

const processRow = (id: string, heartbeatAt: number) =>
  `INSERT INTO processes (id, host, pid, roles, version, started_at, heartbeat_at)
   VALUES ('${id}', 'elsewhere', 4242, 'api,worker', '1', 1, ${heartbeatAt})`;

const redisWatch = { fault: () => redisFault, check: async () => redisFault, close: () => undefined };
const find = (tenantId?: string) => findAttention({ ...ctx, redisWatch }, tenantId);
const kinds = async (tenantId?: string) => (await find(tenantId)).map(({ kind }) => kind);

test('where all is well there is nothing', async () => {
  await insertMessages(ctx, [{ messages: [newMessage(ctx)] }]);
  expect(await find()).toEqual([]);
});

test('a stopped installation, a Redis in trouble and missing workers are told to everybody, silent processes to the admin', async () => {
  redisFault = 'does not answer';
  await setActive(ctx, false);
  ctx.clock.at += 10 * minute;
  await query(database, processRow('worker-2', newYear + minute));
  expect(await kinds('shop')).toEqual(['stopped', 'redis', 'no_worker']);
  const all = await find();
  expect(all.map(({ kind }) => kind)).toEqual([
    'stopped',
    'redis',
    'no_worker',
    'silent_process',
    'silent_process',
  ]);
  expect(all.at(-1)).toMatchObject({ description: expect.stringContaining('4242 on elsewhere') });
});

test('an open breaker is told with its reason, a full window with when it opens', async () => {
  const account = await ctx.db.read.account.findFirstOrThrow({ where: { tenantId: 'shop' } });
  await openBreaker(ctx, {
    owner: { tenantId: 'shop', accountId: 'main' },
    revision: account.revision,
    until: newYear + 5 * minute,
    reason: '454 4.7.0 Too many login attempts',
    smtpCode: 454,
    failures: 1,
  });
  await putAccount(ctx, 'other', 'main', { host: '127.0.0.1', port: 25, limit_per_minute: 1 });
  const [first, second] = [newMessage(ctx, { tenantId: 'other' }), newMessage(ctx, { tenantId: 'other' })];
  await insertMessages(ctx, [{ messages: [first, second] }]);
  const [claim] = await claimMessages(ctx, [first], true);
  const slots = claim && slotsOf(claim, 'main', true);
  await recordResults(ctx, [{ ...endOf(ctx, first.pk, 'sent'), ...(slots && { slots }) }]);

  const shop = await find('shop');
  expect(shop).toMatchObject([
    { kind: 'breaker', tenantId: 'shop', accountId: 'main', since: newYear, until: newYear + 5 * minute },
  ]);
  expect(shop[0]?.description).toContain('454 4.7.0 Too many login attempts');
  expect(await find('other')).toMatchObject([
    { kind: 'window_full', description: expect.stringContaining('1 a minute'), until: newYear + minute + 2 },
  ]);
  expect(await kinds()).toEqual(['breaker', 'window_full']);
});

test('a message that is due for long is told, and whether its tenant is stopped', async () => {
  const message = newMessage(ctx);
  await insertMessages(ctx, [{ messages: [message, newMessage(ctx, { tenantId: 'other' })] }]);
  await suspend(ctx, 'other', '*');
  ctx.clock.at += minute;
  await query(database, `UPDATE processes SET heartbeat_at = ${ctx.clock.at}`);
  expect(await find('shop')).toMatchObject([{ kind: 'oldest_due', messageId: message.id, since: newYear }]);
  expect((await find()).map(({ description }) => description)).toEqual(
    expect.arrayContaining([
      expect.stringContaining('oldest that is due'),
      expect.stringContaining('is stopped'),
    ]),
  );
});

test('endpoints that fail and mailboxes that cannot be read are told', async () => {
  await putTenant(ctx, 'shop', { client_base_url: 'https://shop.example' });
  await putTenant(ctx, 'other', { client_base_url: 'https://other.example' });
  await putAccount(ctx, 'other', 'main', {
    host: '127.0.0.1',
    port: 25,
    imap_host: 'imap.example',
    imap_user: 'u',
    imap_password: 'p',
  });
  await query(
    database,
    `INSERT INTO bounce_mailboxes (id, tenant_id, account_id, revision, state, error, error_at)
     VALUES ('other/main', 'other', 'main', 'r', 'failing', 'login refused', ${newYear})`,
  );
  const message = newMessage(ctx);
  await insertMessages(ctx, [{ messages: [message] }]);
  await claimMessages(ctx, [message], false);
  await recordResults(ctx, [endOf(ctx, message.pk, 'sent')]);
  await query(
    database,
    "UPDATE tenants SET sync_gone_url = 'https://other.example/mail-proxy/sync' WHERE id = 'other'",
  );
  expect(await kinds('shop')).toEqual([]);
  ctx.clock.at += 2 * minute;
  await query(database, `UPDATE processes SET heartbeat_at = ${ctx.clock.at}`);
  expect(await find('shop')).toMatchObject([{ kind: 'endpoint', since: newYear }]);
  expect(await find('other')).toMatchObject([
    { kind: 'endpoint', description: expect.stringContaining('410 Gone') },
    { kind: 'mailbox', accountId: 'main', description: expect.stringContaining('login refused') },
  ]);
  expect(await kinds()).toEqual(['endpoint', 'endpoint', 'mailbox']);
});
