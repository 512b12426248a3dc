// What was reported and has been kept for its time goes, of all tenants, and nothing else; readers of the log go on.
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { readEventLog } from '../../../src/store/events/read-event-log.js';
import { replayReports } from '../../../src/store/events/replay.js';
import { removeOldMessages } from '../../../src/store/messages/remove-old.js';
import type { FreshDatabase } from '../../support/stage/databases.js';
import { fillMessages } from '../../support/stage/fill-messages.js';
import { addTenant, freshStore, newYear, type StoreContext } from '../../support/stage/open-store.js';
import { query } from '../../support/stage/tables.js';

const dayMs = 86_400_000;
const count = 1200;
/** Every tenth is unsent, but for three that end as errors. */
const ended = count - count / 10 + 3;

let database: FreshDatabase;
let ctx: StoreContext;
beforeAll(async () => {
  ({ ctx, database } = await freshStore());
});
beforeEach(async () => {
  for (const tenant of ['shop', 'other']) await addTenant(ctx, tenant);
  await update("UPDATE tenants SET client_base_url = 'http://127.0.0.1:9'");
  await fillMessages(database, { tenantId: 'shop', count });
  await fillMessages(database, { tenantId: 'other', count: 30, from: count });
});
afterEach(() => update('DELETE FROM tenants'));

const update = (statement: string) => query(database, statement);
const left = async (where: string) =>
  Number((await query(database, `SELECT COUNT(*) AS n FROM ${where}`))[0]?.n);
const removeWith = (config: Partial<StoreContext['config']>) =>
  removeOldMessages({ ...ctx, config: { ...ctx.config, ...config } }, new AbortController().signal);
const remove = () => removeWith({});

/** Every ended message has an event of its end; both were reported then. */
async function report(daysAgo: number): Promise<void> {
  const at = newYear - daysAgo * dayMs;
  await update(`INSERT INTO events (tenant_id, message_pk, message_id, type, at, reported_at)
    SELECT tenant_id, pk, id, status, 1, ${at} FROM messages WHERE status IN ('sent', 'error') ORDER BY pk`);
  await update(`UPDATE messages SET reported_at = ${at} WHERE status IN ('sent', 'error')`);
}

test('what was reported longer ago than the period goes with content and events, wherever it stands', async () => {
  await report(8);
  const young = "priority = 3 AND status IN ('sent', 'error')";
  await update(`UPDATE messages SET reported_at = ${newYear - 6 * dayMs} WHERE ${young}`);
  const kept = await left(`messages WHERE ${young}`);
  const open = await left("messages WHERE status NOT IN ('sent', 'error')");
  const all = await left('messages');
  expect(kept).toBeGreaterThan(300);

  expect(await remove()).toBe(all - kept - open);
  expect(await left(`messages WHERE ${young}`)).toBe(kept);
  expect(await left("messages WHERE status NOT IN ('sent', 'error')")).toBe(open);
  expect(await left('messages')).toBe(kept + open);
  expect(await left('message_contents')).toBe(kept + open);
  expect(await left('events')).toBe(2 * kept + open);
  expect(await remove()).toBe(0);
});

test('what has one event that nobody acknowledged stays, and what is to be told again', async () => {
  await report(8);
  await update(`UPDATE events SET reported_at = NULL WHERE message_id = 'filled-1' AND type = 'sent'`);
  expect(await replayReports(ctx, 'shop', { since: 0, until: newYear, ids: ['filled-2'] })).toBe(1);
  await remove();
  const rest = await query(database, "SELECT id FROM messages WHERE status IN ('sent', 'error') ORDER BY id");
  expect(rest.map(({ id }) => id)).toEqual(['filled-1', 'filled-2']);
});

test('without an endpoint a message goes when twice the period has passed since its end; with any it stays', async () => {
  const endedAt = (daysAgo: number) =>
    update(`UPDATE messages SET sent_at = ${newYear - daysAgo * dayMs} WHERE sent_at IS NOT NULL`);
  await update("UPDATE tenants SET client_base_url = NULL WHERE id = 'shop'");
  await endedAt(13);
  expect(await remove()).toBe(0);
  await endedAt(15);
  expect(await removeWith({ clientSyncUrl: 'http://127.0.0.1:9' })).toBe(0);
  expect(await removeWith({ reportHandler: './handler.js' })).toBe(0);
  expect(await removeWith({ deliveryReportRetentionSeconds: 30 * 86_400 })).toBe(0);
  expect(await removeWith({ deliveryReportRetentionSeconds: 0 })).toBe(ended);
  expect(await left("messages WHERE tenant_id = 'shop'")).toBe(count - ended);
  // The other has an endpoint, which may still come back.
  expect(await left("messages WHERE tenant_id = 'other'")).toBe(30);
});

test('told to stop it stops between two statements, and the next call does the rest', async () => {
  await report(8);
  const all = await left("messages WHERE status IN ('sent', 'error')");
  const stop = new AbortController();
  let pauses = 0;
  const sleep = async () => {
    pauses += 1;
    if (pauses === 4) stop.abort();
  };
  const first = await removeOldMessages({ ...ctx, clock: { ...ctx.clock, sleep } }, stop.signal);
  expect(first).toBeGreaterThan(0);
  expect(first).toBeLessThan(all);
  expect(first + (await remove())).toBe(all);
});

test('who reads the log of events goes on from his cursor: what is left comes, what is new comes after it', async () => {
  await report(8);
  const read = (after: number) => readEventLog(ctx, 'shop', { after, limit: 200, types: ['sent', 'error'] });
  const first = await read(0);
  expect(first.events).toHaveLength(200);
  const keep = (
    await query(database, `SELECT id FROM events WHERE type = 'sent' AND id > ${first.next}`)
  ).map(({ id }) => Number(id));
  const [kept] = keep.filter((_, n) => n === 300);
  await update(
    `UPDATE messages SET reported_at = ${newYear} WHERE pk = (SELECT message_pk FROM events WHERE id = ${kept})`,
  );
  await remove();
  const second = await read(first.next);
  expect(second.events.map(({ event_id }) => event_id)).toEqual([kept]);
  expect(second.more).toBe(false);

  await update('UPDATE messages SET reported_at = 1 WHERE reported_at IS NOT NULL');
  await remove();
  const third = await read(second.next);
  expect([third.events, third.next]).toEqual([[], second.next]);
  await update(`INSERT INTO events (tenant_id, message_pk, message_id, type, at)
    SELECT tenant_id, pk, id, 'sent', 1 FROM messages WHERE id = 'filled-10'`);
  expect((await read(third.next)).events).toHaveLength(1);
});
