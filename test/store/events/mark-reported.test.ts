// Acknowledged events: a message counts as reported with its last event, and a process that took too long loses its lease.
import { beforeEach, expect, test } from 'vitest';
import { markReported } from '../../../src/store/events/mark-reported.js';
import { acquireReportLease } from '../../../src/store/events/report-lease.js';
import { findUnreported } from '../../../src/store/events/unreported.js';
import { insertMessages } from '../../../src/store/messages/insert.js';
import type { FreshDatabase } from '../../support/stage/databases.js';
import {
  addTenant,
  asProcess,
  freshStore,
  newMessage,
  type StoreContext,
} from '../../support/stage/open-store.js';
import { query } from '../../support/stage/tables.js';

let database: FreshDatabase;
let ctx: StoreContext;
beforeEach(async () => {
  ({ ctx, database } = await freshStore());
  await addTenant(ctx);
});

/** A message that was sent at its second attempt. */
async function addEnded(): Promise<string> {
  const message = newMessage(ctx);
  const { pk } = message;
  await insertMessages(ctx, [{ messages: [message] }]);
  await query(
    database,
    `UPDATE messages SET status = 'sent', sent_at = 2, next_sweep_at = NULL WHERE pk = '${pk}'`,
  );
  for (const type of ['deferred', 'sent']) {
    await query(
      database,
      `INSERT INTO events (tenant_id, message_pk, message_id, type, at) VALUES ('shop', '${pk}', '${pk}', '${type}', 1)`,
    );
  }
  return pk;
}

const acknowledge = async (count: number, isLast: boolean, by = ctx) => {
  const said = { callAfterMs: 1000, quietUntil: undefined, remarks: new Map(), isLast };
  return markReported(by, 'shop', await findUnreported(ctx, 'shop', count), said);
};
const reportedAt = async (pk: string) =>
  (await ctx.db.read.message.findUniqueOrThrow({ where: { pk } })).reportedAt;

test('a message counts as reported once its last event is, not before', async () => {
  const [pk, other] = [await addEnded(), await addEnded()];
  await acknowledge(1, false);
  expect(await reportedAt(pk)).toBeNull();
  await acknowledge(1, false);
  expect([await reportedAt(pk), await reportedAt(other)]).toEqual([BigInt(ctx.clock.now()), null]);
  await acknowledge(5, true);
  expect(await reportedAt(other)).toBe(BigInt(ctx.clock.now()));
});

test('a message whose last event is reported before an earlier event waits for that event', async () => {
  const pk = await addEnded();
  const events = await findUnreported(ctx, 'shop', 2);
  const said = { callAfterMs: 1000, quietUntil: undefined, remarks: new Map(), isLast: true };
  await markReported(ctx, 'shop', events.slice(1), said);
  expect(await reportedAt(pk)).toBeNull();
  await markReported(ctx, 'shop', events.slice(0, 1), said);
  expect(await reportedAt(pk)).toBe(BigInt(ctx.clock.now()));
});

const lease = async () =>
  (await query(database, 'SELECT report_lease_owner, report_lease_until FROM tenants')).map((row) => [
    row.report_lease_owner,
    row.report_lease_until === null ? null : Number(row.report_lease_until),
  ])[0];

test.each([
  ['the last page', true],
  ['a page that others follow', false],
])(
  'a process that outlived its lease leaves it to the new holder, and its events count as reported: %s',
  async (_what, isLast) => {
    const pk = await addEnded();
    const late = asProcess(ctx, 'process-late');
    expect(await acquireReportLease(late, 'shop', 'events')).toBe('acquired');
    ctx.clock.at += 3_600_000;
    expect(await acquireReportLease(ctx, 'shop', 'events')).toBe('acquired');
    const held = await lease();
    ctx.clock.at += 1000;
    expect(await acknowledge(2, isLast, late)).toBe(false);
    expect(await lease()).toEqual(held);
    expect(held?.[0]).toBe('process-1');
    expect(await reportedAt(pk)).toBe(BigInt(ctx.clock.now()));
    expect(await acknowledge(2, true)).toBe(true);
    expect(await lease()).toEqual([null, null]);
  },
);

test('a process that outlived its lease does not take it back once the new holder is done', async () => {
  await addEnded();
  const late = asProcess(ctx, 'process-late');
  await acquireReportLease(late, 'shop', 'events');
  await query(database, 'UPDATE tenants SET report_lease_owner = NULL, report_lease_until = NULL');
  expect(await acknowledge(1, false, late)).toBe(false);
  expect(await lease()).toEqual([null, null]);
});

test('the lease is renewed with each page', async () => {
  await addEnded();
  await acquireReportLease(ctx, 'shop', 'events');
  const [, before] = (await lease()) ?? [];
  ctx.clock.at += 1000;
  expect(await acknowledge(1, false)).toBe(true);
  expect(await lease()).toEqual(['process-1', Number(before) + 1000]);
});
