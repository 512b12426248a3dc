// How accounts are doing is told as it is, and reading it costs as much as is told, however much else is stored.
import { beforeEach, describe, expect, test } from 'vitest';
import { findAccountStates } from '../../../src/store/account-state/find-states.js';
import { type Condition, listOwners } from '../../../src/store/account-state/list-owners.js';
import { findRecentErrors } from '../../../src/store/account-state/recent-errors.js';
import { openBreaker, untilChanged } from '../../../src/store/accounts/breaker.js';
import { putAccount } from '../../../src/store/accounts/change.js';
import { openConnectionLedger } from '../../../src/store/accounts/connection-ledger.js';
import { render } from '../../../src/store/db/sql.js';
import { claimMessages } from '../../../src/store/messages/claim.js';
import { insertMessages } from '../../../src/store/messages/insert.js';
import { recordResults, slotsOf } from '../../../src/store/messages/record-results.js';
import { putTenant } from '../../../src/store/tenants/change.js';
import { activate, allBatches, suspend } from '../../../src/store/tenants/suspend.js';
import type { FreshDatabase } from '../../support/stage/databases.js';
import { fillMessages } from '../../support/stage/fill-messages.js';
import { endOf, freshStore, newMessage, newYear, type StoreContext } from '../../support/stage/open-store.js';
import { explain, watchReads } from '../../support/stage/plans.js';
import { query } from '../../support/stage/tables.js';

const shop = { tenantId: 'shop', accountId: 'main' };
const server = { host: '127.0.0.1', port: 25 };

let ctx: StoreContext;
let database: FreshDatabase;
beforeEach(async () => {
  ({ ctx, database } = await freshStore({ GMP_SMTP_HOST: 'relay.example' }));
  await putTenant(ctx, 'shop', { rate_limits: { hourly: 50 } });
  await putAccount(ctx, 'shop', 'main', {
    ...server,
    limit_per_minute: 5,
    limit_per_day: 9,
    max_connections: 4,
  });
});

async function stateOf(owner: { tenantId: string; accountId: string | null } = shop) {
  const [state] = await findAccountStates(ctx, [owner]);
  if (state === undefined) throw new Error('no state');
  return state;
}

const list = (only?: Condition, more = {}) =>
  listOwners(ctx, { tenantId: undefined, only, limit: 100, after: undefined, ...more });

/** Begins an attempt at a new message, and ends it unless told not to. */
async function attempt(kind: 'sent' | 'deferred' | 'failed' | 'account_refused' | 'none', fields = {}) {
  const message = newMessage(ctx);
  await insertMessages(ctx, [{ messages: [message] }]);
  const [claimed] = await claimMessages(ctx, [message], true);
  if (claimed === undefined) throw new Error('not claimed');
  if (kind === 'none') return;
  const slots = slotsOf(claimed, 'main', kind === 'sent');
  await recordResults(ctx, [{ ...endOf(ctx, message.pk, kind, fields), ...(slots && { slots }) }]);
}

const open = async (until: number) => {
  const { revision } = await ctx.db.read.account.findFirstOrThrow();
  await openBreaker(ctx, { owner: shop, revision, until, reason: '421 later', smtpCode: 421, failures: 2 });
};

test('a window counts what is in it, sends in flight included, and a full one says when it opens', async () => {
  for (let n = 0; n < 3; n += 1) await attempt('sent');
  ctx.clock.at += 30_000;
  await attempt('sent');
  await attempt('none');
  const minute = { name: 'minute', limit: 5, used: 5, opensAt: undefined };
  expect(await stateOf()).toMatchObject({
    sending: 1,
    mostSending: 4,
    windows: [
      // The send in flight may yet give its place back.
      minute,
      { name: 'day', limit: 9, used: 5, opensAt: undefined },
      { name: 'tenant_hour', limit: 50, used: 5, opensAt: undefined },
    ],
  });
  await query(database, "UPDATE messages SET status = 'pending' WHERE status = 'sending'");
  await query(database, 'DELETE FROM send_slots');
  await attempt('sent');
  expect((await stateOf()).windows[0]).toEqual({ ...minute, opensAt: newYear + 60_002 });
  expect(await list('limited')).toEqual([shop]);
  ctx.clock.at = newYear + 60_001;
  expect((await stateOf()).windows[0]?.used).toBe(5);
  ctx.clock.at += 1;
  expect((await stateOf()).windows[0]).toEqual({ ...minute, used: 2 });
  expect(await list('limited')).toEqual([]);
  ctx.clock.at += 30_000;
  expect((await stateOf()).windows.map(({ used }) => used)).toEqual([0, 5, 5]);
});

test('the breaker is open until its time, then half open, and gone once the account is changed', async () => {
  expect((await stateOf()).breaker).toBeUndefined();
  await open(newYear + 30_000);
  const breaker = { reason: '421 later', smtpCode: 421, failures: 2, openedAt: newYear };
  expect((await stateOf()).breaker).toEqual({ ...breaker, isOpen: true, probeAt: newYear + 30_000 });
  ctx.clock.at += 30_000;
  expect((await stateOf()).breaker).toMatchObject({ isOpen: false, failures: 2 });
  await open(untilChanged);
  expect((await stateOf()).breaker).toMatchObject({ isOpen: true, probeAt: undefined });
  expect(await list('breaker')).toEqual([shop]);
  await putAccount(ctx, 'shop', 'main', server);
  expect((await stateOf()).breaker).toBeUndefined();
  expect(await list('breaker')).toEqual([]);
});

test('what waits is counted by priority, with the time since when the oldest has been due', async () => {
  const messages = [
    newMessage(ctx, { priority: 0, dueAt: newYear + 900_000, status: 'deferred' }),
    newMessage(ctx, { priority: 2, dueAt: newYear - 5000 }),
    newMessage(ctx, { priority: 2, dueAt: 0, status: 'deferred' }),
    newMessage(ctx, { priority: 3, accountId: null }),
  ];
  await insertMessages(ctx, [{ messages }]);
  const state = await stateOf();
  expect(state.oldestDueAt).toBe(newYear);
  ctx.clock.at += 901_000;
  expect((await stateOf()).oldestDueAt).toBe(newYear);
  await query(database, 'DELETE FROM messages WHERE due_at < 1e12 OR due_at < created_at');
  expect((await stateOf()).oldestDueAt).toBe(newYear + 900_000);
  expect([...state.queued].sort()).toEqual([
    [0, 1],
    [2, 2],
  ]);
  const unnamed = await stateOf({ tenantId: 'shop', accountId: null });
  expect([...unnamed.queued]).toEqual([[3, 1]]);
  expect(unnamed.windows.map(({ name }) => name)).toEqual(['tenant_hour']);
});

test('errors of the last day are grouped by reply code, without what only waits', async () => {
  await attempt('failed', { error: '550 no', smtpCode: 550 });
  ctx.clock.at += 1000;
  await attempt('failed', { error: '550 still no', smtpCode: 550 });
  await attempt('deferred', { error: 'connect ETIMEDOUT' });
  await attempt('account_refused', { error: '421 later', smtpCode: 421 });
  await insertMessages(ctx, [{ messages: [newMessage(ctx, { status: 'deferred', dueAt: newYear + 9e6 })] }]);
  await query(database, "UPDATE messages SET error = 'rate limit', blocked_until = 1 WHERE error IS NULL");
  const at = newYear + 1000;
  const found = await findRecentErrors(ctx, shop);
  expect(found.sort((a, b) => (a.smtpCode ?? 0) - (b.smtpCode ?? 0))).toEqual([
    { smtpCode: undefined, count: 1, at, error: 'connect ETIMEDOUT' },
    { smtpCode: 421, count: 1, at, error: '421 later' },
    { smtpCode: 550, count: 2, at, error: '550 still no' },
  ]);
  ctx.clock.at += 86_400_000;
  expect(await findRecentErrors(ctx, shop)).toEqual([]);
  await attempt('sent');
  expect((await stateOf()).lastSentAt).toBe(ctx.clock.at);
});

test('suspensions are told, the widest first', async () => {
  await suspend(ctx, 'shop', 'one-batch');
  expect((await stateOf()).suspended).toBeUndefined();
  await suspend(ctx, 'shop', allBatches);
  expect((await stateOf()).suspended).toBe('tenant');
  expect(await list('suspended')).toEqual([shop]);
  await query(database, 'UPDATE tenants SET active = false');
  expect((await stateOf()).suspended).toBe('inactive');
  await query(database, 'UPDATE tenants SET active = true');
  await activate(ctx, 'shop', allBatches);
  expect(await list('suspended')).toEqual([]);
});

test('a server that was seen to take fewer connections than the account allows bounds its sends', async () => {
  const { revision } = await ctx.db.read.account.findFirstOrThrow();
  const learned = { raiseAt: 0, raiseAfterMs: 0, recipients: undefined, recipientsAt: 0 };
  await openConnectionLedger(ctx).save({ scope: 'shop/main', revision }, { ...learned, connections: 2 });
  expect((await stateOf()).mostSending).toBe(2);
});

describe('with 1,000 accounts and many messages', () => {
  const accounts = 1000;

  async function fill(): Promise<void> {
    const series = (most: number) =>
      database.kind === 'sqlite'
        ? `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${most})`
        : `WITH n(i) AS (SELECT generate_series(1, ${most}))`;
    const columns =
      'tenant_id, revision, host, port, ttl, limit_behavior, on_in_doubt, created_at, updated_at';
    await query(
      database,
      `INSERT INTO accounts (id, limit_per_minute, limit_per_day, ${columns})
        ${series(accounts)} SELECT 'a' || i, 30, 10000, 'shop', i, 'h', 25, 300, 'defer', 'resend', 1, 1 FROM n`,
    );
    await query(
      database,
      `INSERT INTO send_scopes (scope, last_n, last_at) ${series(accounts)}
        SELECT 'shop/a' || i, 40, ${newYear} FROM n`,
    );
    await query(
      database,
      `INSERT INTO send_log (scope, n, at) ${series(accounts * 40)}
        SELECT 'shop/a' || (1 + (i - 1) % ${accounts}), 1 + (i - 1) / ${accounts}, ${newYear} - 100 + i / ${accounts} FROM n`,
    );
    await fillMessages(database, { tenantId: 'shop', count: 20_000 });
    await query(
      database,
      "UPDATE messages SET account_id = 'a' || (1 + CAST(substr(pk, 4, 7) AS INTEGER) % 1000)",
    );
  }

  test('all of them are read in a few statements, each message and each mail of a log through an index', async () => {
    await fill();
    const { db, statements } = watchReads(ctx.db);
    const watched = { ...ctx, db };
    const owners = await listOwners(watched, {
      tenantId: undefined,
      only: undefined,
      limit: 1000,
      after: undefined,
    });
    const states = await findAccountStates(watched, owners.slice(0, 1000));
    expect(states).toHaveLength(1000);
    expect(states[0]?.windows).toMatchObject([{ name: 'minute', limit: 30, used: 30 }, { used: 40 }, {}]);
    await findRecentErrors(watched, { tenantId: 'shop', accountId: 'a1' });
    for (const only of ['suspended', 'breaker', 'limited', 'waiting'] as const)
      await listOwners(watched, { tenantId: 'shop', only, limit: 1000, after: undefined });
    expect(statements.length).toBeLessThan(10);
    for (const statement of statements) {
      const { faults } = await explain(ctx.db, statement, ['messages', 'send_log']);
      // The counts of the metrics read the index of unsent messages.
      const isCount = render(statement.sql, ctx.db.kind).text.includes(
        'GROUP BY tenant_id, account_id, priority',
      );
      const found = faults.filter((fault) => /messages|send_log|SCAN l$/.test(fault));
      expect(isCount ? [] : found).toEqual([]);
    }
  });
});
