// A page of a list costs as much as is on it, however few messages fit the filter and however many others there are.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { render } from '../../../src/store/db/sql.js';
import { findUnregisteredClaimants } from '../../../src/store/instance/dead-processes.js';
import { listMessages } from '../../../src/store/listing/list.js';
import type { MessageFilter } from '../../../src/store/listing/page.js';
import { cleanUpMessages } from '../../../src/store/messages/clean-up.js';
import type { FreshDatabase } from '../../support/stage/databases.js';
import { accounts, batches, filledPk, fillMessages } from '../../support/stage/fill-messages.js';
import { addTenant, freshStore, type StoreContext } from '../../support/stage/open-store.js';
import { explain, watchReads } from '../../support/stage/plans.js';
import { query } from '../../support/stage/tables.js';

const count = 40_000;
const limit = 200;
const tables = ['messages', 'message_contents', 'events'];
const tenants = ['big', 'beside'];

let database: FreshDatabase;
let ctx: StoreContext;

beforeAll(async () => {
  ({ ctx, database } = await freshStore());
  for (const tenant of tenants) await addTenant(ctx, tenant);
  // The database has no statistics of the table, as after much mail in little time.
  if (database.kind === 'postgresql')
    await query(database, 'ALTER TABLE messages SET (autovacuum_enabled = false)');
  await fillMessages(database, { tenantId: 'big', count });
  // Values that are common in the whole table are rare for this tenant.
  await fillMessages(database, { tenantId: 'beside', count: count / 4, from: count, most: 'second' });
});
afterAll(async () => {
  await ctx?.db.close();
  await database?.drop();
});

const statuses = [
  { activeOnly: false },
  { activeOnly: true },
  ...(['pending', 'deferred', 'sent', 'error'] as const).map((status) => ({ activeOnly: false, status })),
  { activeOnly: true, status: 'pending' as const },
  { activeOnly: true, status: 'sent' as const },
];
const starts = [{}, { after: filledPk(count / 2) }];

const filters: MessageFilter[] = statuses.flatMap((status) =>
  [undefined, ...batches].flatMap((batchCode) =>
    [undefined, ...accounts].flatMap((accountId) =>
      starts.map((start) => ({ limit, ...status, batchCode, accountId, ...start })),
    ),
  ),
);
const cases = tenants.flatMap((tenant) => filters.map((filter) => ({ tenant, filter })));

/** The same page, from all messages in their order. */
function expectedPage(all: Record<string, unknown>[], tenant: string, filter: MessageFilter): string[] {
  const { activeOnly, status, batchCode, accountId, after } = filter;
  const fits = (row: Record<string, unknown>) =>
    row.tenant_id === tenant &&
    (after === undefined || String(row.pk) > after) &&
    (status === undefined || (row.status === 'sending' ? 'pending' : row.status) === status) &&
    (!activeOnly || row.next_sweep_at !== null) &&
    (batchCode === undefined || row.batch_code === batchCode) &&
    (accountId === undefined || row.account_id === accountId);
  return all
    .filter(fits)
    .slice(0, limit)
    .map(({ pk }) => String(pk));
}

async function checkPlans(tenant: string, filter: MessageFilter): Promise<void> {
  const { db, statements } = watchReads(ctx.db);
  await listMessages({ ...ctx, db }, tenant, { ...filter, includeHistory: true });
  const plans = [];
  for (const statement of statements) plans.push(await explain(ctx.db, statement, tables));
  // The page, one message more, and the first message of each status: in the index, and to measure its content, its results
  // and its events.
  const most = 4 * (limit + statuses.length);
  const seen = { faults: plans.flatMap(({ faults }) => faults), read: plans.map(({ read }) => read) };
  expect({ tenant, filter, ...seen }).toEqual({
    tenant,
    filter,
    faults: [],
    read: seen.read.map((read) => Math.min(read, most)),
  });
  expect(statements.length).toBeLessThanOrEqual(3);
  if (database.kind !== 'sqlite') return;
  const known = ['tenant_id', filter.batchCode && 'batch_code', filter.accountId && 'account_id', 'status'];
  for (const index of plans[0]?.indexes.filter((one) => one.startsWith('messages_')) ?? []) {
    expect(index).toContain(
      `(${[...known.filter(Boolean).map((column) => `${column}=?`), 'pk>?'].join(' AND ')})`,
    );
  }
}

test('cleaning up reads pages from that index, and looks up their messages by key', async () => {
  const { db, statements } = watchReads(ctx.db);
  const over = { reportedBefore: Date.UTC(2026, 0, 1), unreportedBefore: 0 };
  expect(await cleanUpMessages({ ...ctx, db }, 'beside', over)).toBe(0);
  const [page, found] = statements;
  if (page === undefined || found === undefined) throw new Error('it read nothing');
  for (const statement of [page, found]) {
    const { faults, read } = await explain(ctx.db, statement, tables);
    // None of the messages on the page is old enough, so all of them are discarded.
    const others = faults.filter((fault) => !fault.endsWith('thrown away after messages_pkey'));
    expect({ sql: render(statement.sql, database.kind).text, faults: others }).toMatchObject({ faults: [] });
    expect(read).toBeLessThanOrEqual(2 * 501);
  }
});

test('claims of unregistered processes are found without reading the messages', async () => {
  const { db, statements } = watchReads(ctx.db);
  expect(await findUnregisteredClaimants({ ...ctx, db })).toEqual([]);
  for (const statement of statements) {
    expect(await explain(ctx.db, statement, tables)).toMatchObject({ faults: [], read: 0 });
  }
  expect(statements).toHaveLength(1);
});

describe('for every combination of filters', () => {
  test('a page holds the messages that fit, in order', async () => {
    const columns = 'pk, tenant_id, status, batch_code, account_id, next_sweep_at';
    const all = await query(database, `SELECT ${columns} FROM messages ORDER BY pk`);
    for (const { tenant, filter } of cases) {
      const { messages } = await listMessages(ctx, tenant, { ...filter, includeHistory: false });
      expect({ filter, pks: messages.map(({ pk }) => pk) }).toEqual({
        filter,
        pks: expectedPage(all, tenant, filter),
      });
    }
  });

  test('a page is read from an index that leads to it, before the database has statistics', async () => {
    for (const { tenant, filter } of cases) await checkPlans(tenant, filter);
  });

  test('and also once it has statistics', async () => {
    await query(database, 'ANALYZE');
    for (const { tenant, filter } of cases) await checkPlans(tenant, filter);
  });
});
