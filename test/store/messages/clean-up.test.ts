// Cleaning up deletes what has ended and is wholly reported, long enough ago, of one tenant, and counts it.
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { cleanUpMessages } from '../../../src/store/messages/clean-up.js';
import { deleteMessages } from '../../../src/store/messages/delete.js';
import type { FreshDatabase } from '../../support/stage/databases.js';
import { filledPk, fillMessages } from '../../support/stage/fill-messages.js';
import { addTenant, freshStore, type StoreContext } from '../../support/stage/open-store.js';
import { query } from '../../support/stage/tables.js';

const count = 1200;
/** Every tenth is unsent, but for three that end as errors. */
const ended = count - count / 10 + 3;

let database: FreshDatabase;
let ctx: StoreContext;
beforeAll(async () => {
  ({ ctx, database } = await freshStore());
});
beforeEach(async () => {
  await addTenant(ctx, 'shop');
  await addTenant(ctx, 'other');
  await fillMessages(database, { tenantId: 'shop', count });
  await fillMessages(database, { tenantId: 'other', count: 30, from: count });
});
afterEach(() => update('DELETE FROM tenants'));

const reportedAt = Date.UTC(2025, 0, 1);
const cleanUp = (reportedBefore: number) => cleanUpMessages(ctx, 'shop', { reportedBefore });
const update = (statement: string) => query(database, statement);
const left = async (where: string) =>
  Number((await query(database, `SELECT COUNT(*) AS n FROM ${where}`))[0]?.n);

test('it takes all that has ended and was reported before, with content and events, and nothing else', async () => {
  await update(`UPDATE messages SET reported_at = ${reportedAt} WHERE status IN ('sent', 'error')`);
  expect(await cleanUp(reportedAt)).toBe(0);
  expect(await cleanUp(reportedAt + 1)).toBe(ended);
  expect(await cleanUp(reportedAt + 1)).toBe(0);
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
  expect(await cleanUp(reportedAt + 1)).toBe(0);
  await update(`UPDATE events SET reported_at = ${reportedAt} WHERE type = 'sent'`);
  expect(await cleanUp(reportedAt + 1)).toBe(1);
});

test('a time before there were any messages deletes nothing, however far back', async () => {
  await update(`UPDATE messages SET reported_at = ${reportedAt} WHERE status = 'sent'`);
  for (const before of [0, -1, Number.NEGATIVE_INFINITY]) expect(await cleanUp(before)).toBe(0);
});

test('a statement takes a hundred messages at most, and fewer the larger they are or the more they went through', async () => {
  await update(`UPDATE messages SET reported_at = ${reportedAt} WHERE status IN ('sent', 'error')`);
  await update(`UPDATE messages SET attempts = 48 WHERE id IN ('filled-1', 'filled-2', 'filled-3')`);
  await update(
    `UPDATE message_contents SET payload = '${'x'.repeat(2_000_000)}' WHERE message_pk = '${filledPk(4)}'`,
  );
  const sizes: number[] = [];
  const transaction: typeof ctx.db.transaction = async (statements) => {
    const answers = await ctx.db.transaction(statements);
    sizes.push(Number(answers.removed));
    return answers;
  };
  await cleanUpMessages({ ...ctx, db: { ...ctx.db, transaction } }, 'shop', {
    reportedBefore: reportedAt + 1,
  });
  expect(sizes.slice(0, 3)).toEqual([2, 1, 1]);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(100);
  expect(sizes.reduce((sum, n) => sum + n)).toBe(ended);
});

test.each([
  ['the clean-up', (on: StoreContext) => cleanUpMessages(on, 'shop', { reportedBefore: reportedAt + 1 })],
  ['a deletion', (on: StoreContext) => deleteMessages(on, 'shop', ['filled-1'])],
])('%s takes a message that came back a thousand times in pieces', async (_name, remove) => {
  const pk = filledPk(1);
  const ofAll = "FROM messages WHERE tenant_id = 'shop'";
  await update(
    `UPDATE messages SET status = 'sent', reported_at = ${reportedAt}, bounces = ${count} WHERE pk = '${pk}'`,
  );
  await update(`INSERT INTO bounces (recording, mailbox_id, uid_validity, uid, sha256, tenant_id, message_pk, kind, rank,
      received_at, recorded_at, understood)
    SELECT 'r', 'instance', 1, ROW_NUMBER() OVER (ORDER BY pk), pk, 'shop', '${pk}', 'bounce', 3, 1, 1, '{}' ${ofAll}`);
  await update(`INSERT INTO events (tenant_id, message_pk, message_id, type, at, reported_at)
    SELECT 'shop', '${pk}', 'filled-1', 'bounce', 1, 1 ${ofAll}`);
  const rowsLeft = async () => (await left('bounces')) + (await left(`events WHERE message_pk = '${pk}'`));
  const removed: number[] = [];
  const transaction: typeof ctx.db.transaction = async (statements) => {
    const before = await rowsLeft();
    const answers = await ctx.db.transaction(statements);
    removed.push(before - (await rowsLeft()));
    return answers;
  };
  await remove({ ...ctx, db: { ...ctx.db, transaction } });
  expect(await rowsLeft()).toBe(0);
  expect(await left(`messages WHERE pk = '${pk}'`)).toBe(0);
  expect(Math.max(...removed)).toBeLessThanOrEqual(500);
});

test('other writes go on between its statements', async () => {
  await update(`UPDATE messages SET reported_at = ${reportedAt} WHERE status IN ('sent', 'error')`);
  let done = false;
  const cleaning = cleanUp(reportedAt + 1).finally(() => {
    done = true;
  });
  let between = 0;
  while (!done) {
    await ctx.db.writeModels((models) => [models.instance.updateMany({ data: { active: true } })]);
    between += 1;
  }
  expect(await cleaning).toBe(ended);
  expect(between).toBeGreaterThan(3);
});
