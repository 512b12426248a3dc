// A replay reports exactly the wanted events again, however many others there are.
import { beforeEach, expect, test } from 'vitest';
import { replayReports } from '../../../src/store/events/replay.js';
import type { FreshDatabase } from '../../support/stage/databases.js';
import { fillMessages } from '../../support/stage/fill-messages.js';
import { addTenant, freshStore, type StoreContext } from '../../support/stage/open-store.js';
import { query } from '../../support/stage/tables.js';

let database: FreshDatabase;
let ctx: StoreContext;
beforeEach(async () => {
  ({ ctx, database } = await freshStore());
});

const count = 3000;
const minuteMs = 60_000;
const dayMs = 1440 * minuteMs;
const left = async () =>
  (
    await query(
      database,
      "SELECT message_id, tenant_id FROM events WHERE type = 'sent' AND reported_at IS NULL ORDER BY id",
    )
  ).map(({ message_id, tenant_id }) => `${tenant_id} ${message_id}`);

beforeEach(async () => {
  for (const [n, tenantId] of ['shop', 'other'].entries()) {
    await addTenant(ctx, tenantId);
    await fillMessages(database, { tenantId, count, from: n * count });
  }
  // One event a minute, and every other event happened half an hour before the events with lower ids.
  await query(
    database,
    `INSERT INTO events (tenant_id, message_pk, message_id, type, at, reported_at)
    SELECT tenant_id, pk, id, 'sent', ${dayMs} + created_at * ${minuteMs} - 1800000 * (created_at % 2), 1 FROM messages ORDER BY pk`,
  );
});

test('a time range finds every event that happened in it, those that were recorded late included', async () => {
  const [since, until] = [dayMs + 1000 * minuteMs, dayMs + 2000 * minuteMs];
  const expected = (
    await query(
      database,
      `SELECT message_id, tenant_id FROM events WHERE tenant_id = 'shop' AND type = 'sent'
      AND at BETWEEN ${since} AND ${until} ORDER BY id`,
    )
  ).map(({ message_id, tenant_id }) => `${tenant_id} ${message_id}`);
  expect(expected).toHaveLength(1001);
  expect(await replayReports(ctx, 'shop', { since, until, ids: undefined })).toBe(1001);
  expect(await left()).toEqual(expected);
  expect(await replayReports(ctx, 'shop', { since, until, ids: undefined })).toBe(0);
});

test('more ids than fit into a statement, some repeated or unknown, are each found once', async () => {
  const ids = Array.from({ length: 1200 }, (_, i) => `filled-${i + 1}`);
  const named = [...ids, 'filled-1', 'nobody', `filled-${count + 1}`];
  const all = { since: 0, until: dayMs + count * minuteMs };
  expect(await replayReports(ctx, 'shop', { ...all, ids: named })).toBe(1200);
  expect(await left()).toEqual(ids.map((id) => `shop ${id}`));
});

test('without a beginning and an end, all events of the tenant are reported again', async () => {
  expect(await replayReports(ctx, 'shop', { since: 0, until: Number.MAX_SAFE_INTEGER, ids: undefined })).toBe(
    count,
  );
  expect((await left()).every((one) => one.startsWith('shop '))).toBe(true);
});
