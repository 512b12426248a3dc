// Cleaning up deletes what has ended and is wholly reported, long enough ago, of one tenant, and counts it.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { cleanUpMessages } from '../../src/store/clean-up.js';
import { type FreshDatabase, freshDatabase } from '../support/databases.js';
import { fillMessages } from '../support/fill-messages.js';
import { addTenant, openStore, type StoreContext } from '../support/open-store.js';
import { query } from '../support/tables.js';

const count = 3000;
/** Every tenth is unsent, but for three that end as errors. */
const ended = count - count / 10 + 3;

let database: FreshDatabase;
let ctx: StoreContext;
beforeEach(async () => {
  database = await freshDatabase();
  ctx = await openStore(database.path);
  await addTenant(ctx, 'shop');
  await addTenant(ctx, 'other');
  await fillMessages(database, { tenantId: 'shop', count });
  await fillMessages(database, { tenantId: 'other', count: 30, from: count });
});
afterEach(async () => {
  await ctx.db.close();
  await database.drop();
});

const reportedAt = Date.UTC(2025, 0, 1);
const update = (statement: string) => query(database, statement);
const left = async (where: string) =>
  Number((await query(database, `SELECT COUNT(*) AS n FROM ${where}`))[0]?.n);

test('it takes all that has ended and was reported before, with content and events, and nothing else', async () => {
  await update(`UPDATE messages SET reported_at = ${reportedAt} WHERE status IN ('sent', 'error')`);
  expect(await cleanUpMessages(ctx, 'shop', reportedAt)).toBe(0);
  expect(await cleanUpMessages(ctx, 'shop', reportedAt + 1)).toBe(ended);
  expect(await cleanUpMessages(ctx, 'shop', reportedAt + 1)).toBe(0);
  expect(await left("messages WHERE tenant_id = 'shop'")).toBe(count - ended);
  expect(await left("messages WHERE tenant_id = 'shop' AND status IN ('sent', 'error')")).toBe(0);
  expect(await left("messages WHERE tenant_id = 'other'")).toBe(30);
  for (const table of ['message_contents', 'events']) expect(await left(table)).toBe(count - ended + 30);
});

test('what nobody has acknowledged stays, also when an earlier event of it was', async () => {
  const pk = "(SELECT MIN(pk) FROM messages WHERE tenant_id = 'shop' AND status = 'sent')";
  await update(`UPDATE messages SET reported_at = ${reportedAt} WHERE pk = ${pk}`);
  await update(`INSERT INTO events (tenant_id, message_pk, message_id, type, at)
    SELECT tenant_id, pk, id, 'sent', 1 FROM messages WHERE pk = ${pk}`);
  expect(await cleanUpMessages(ctx, 'shop', reportedAt + 1)).toBe(0);
  await update(`UPDATE events SET reported_at = ${reportedAt} WHERE type = 'sent'`);
  expect(await cleanUpMessages(ctx, 'shop', reportedAt + 1)).toBe(1);
});

test('a time before there were any messages deletes nothing, however far back', async () => {
  await update(`UPDATE messages SET reported_at = ${reportedAt} WHERE status = 'sent'`);
  for (const before of [0, -1, Number.NEGATIVE_INFINITY])
    expect(await cleanUpMessages(ctx, 'shop', before)).toBe(0);
});

test('other writes go on between its statements', async () => {
  await update(`UPDATE messages SET reported_at = ${reportedAt} WHERE status IN ('sent', 'error')`);
  let done = false;
  const cleaning = cleanUpMessages(ctx, 'shop', reportedAt + 1).finally(() => {
    done = true;
  });
  let between = 0;
  while (!done) {
    await ctx.db.write((client) => [client.instance.updateMany({ data: { active: true } })]);
    between += 1;
  }
  expect(await cleaning).toBe(ended);
  expect(between).toBeGreaterThan(3);
});
