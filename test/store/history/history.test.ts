// The history adds up what happened, each event once, and tells how much waited, for each tenant and for all together.
import { beforeEach, expect, test } from 'vitest';
import { writeHistory } from '../../../src/maintenance/history.js';
import { countEvents } from '../../../src/store/history/count-events.js';
import { measureWaiting } from '../../../src/store/history/measure-queues.js';
import { readHistory } from '../../../src/store/history/read-history.js';
import { prune } from '../../../src/store/instance/prune.js';
import { claimMessages } from '../../../src/store/messages/claim.js';
import { insertMessages } from '../../../src/store/messages/insert.js';
import { recordResults } from '../../../src/store/messages/record-results.js';
import type { NewMessage } from '../../../src/store/messages/upsert.js';
import { putTenant } from '../../../src/store/tenants/change.js';
import { deleteTenant } from '../../../src/store/tenants/delete.js';
import type { FreshDatabase } from '../../support/stage/databases.js';
import { fillMessages } from '../../support/stage/fill-messages.js';
import {
  addTenant,
  asProcess,
  endOf,
  freshStore,
  newMessage,
  newYear,
  type StoreContext,
} from '../../support/stage/open-store.js';

const minute = 60_000;
const never = new AbortController().signal;

let ctx: StoreContext;
let database: FreshDatabase;
beforeEach(async () => {
  ({ ctx, database } = await freshStore());
  await addTenant(ctx);
  await addTenant(ctx, 'other');
});

const insert = (...messages: NewMessage[]) => insertMessages(ctx, [{ messages }]);

async function end(messages: NewMessage[], kind: 'sent' | 'failed' | 'deferred') {
  const claimed = (await claimMessages(ctx, messages, false)).filter((one) => one !== undefined);
  await recordResults(
    ctx,
    claimed.map(({ pk, attempts }) => endOf(ctx, pk, kind, { attempt: attempts })),
  );
}

/** The steps of the range in which something happened: how long before now they began, and what happened. */
async function happened(tenantId: string | undefined, range: 'hour' | 'day' | 'week' | 'quarter' = 'hour') {
  const { points } = await readHistory(ctx, tenantId, range);
  return points
    .filter(({ accepted, sent, deferred, failed }) => accepted + sent + deferred + failed > 0)
    .map(({ at, accepted, sent, deferred, failed, p50 }) => {
      const ago = (ctx.clock.now() - at) / minute;
      return { ago, accepted, sent, deferred, failed, ...(p50 !== undefined && { p50 }) };
    });
}

test('what happens is counted by minute and hour, of a tenant and of all, however often and wherever it is counted', async () => {
  const [first, second, third] = [newMessage(ctx), newMessage(ctx), newMessage(ctx)];
  const foreign = newMessage(ctx, { tenantId: 'other' });
  await insert(first, second, third, foreign);
  await countEvents(ctx);
  ctx.clock.at += minute + 750;
  await end([first, foreign], 'sent');
  await end([second], 'failed');
  await end([third], 'deferred');
  const others = Array.from({ length: 4 }, (_, n) => asProcess(ctx, `process-${n}`));
  await Promise.all(others.map((other) => countEvents(other)));
  await writeHistory(ctx, never);

  const ago = 750 / minute;
  // Between 60 and 300 s: in the middle of that class.
  const latency = { p50: 180_000 };
  expect(await happened('shop')).toEqual([
    { ago: 1 + ago, accepted: 3, sent: 0, deferred: 0, failed: 0 },
    { ago, accepted: 0, sent: 1, deferred: 1, failed: 1, ...latency },
  ]);
  expect(await happened(undefined, 'week')).toEqual([
    { ago: 1 + ago, accepted: 4, sent: 2, deferred: 1, failed: 1, ...latency },
  ]);
  expect((await readHistory(ctx, 'other', 'day')).total).toMatchObject({ accepted: 1, sent: 1, failed: 0 });
});

test('after a stop, everything since is counted, page by page', async () => {
  await fillMessages(database, { tenantId: 'shop', count: 12_000 });
  await writeHistory(ctx, never);
  const rows = await ctx.db.read.historyHour.findMany({ where: { tenantId: 'shop' } });
  expect(rows.reduce((sum, { accepted }) => sum + accepted, 0)).toBe(12_000);
});

test('a message that was replaced counts from its last acceptance', async () => {
  const message = newMessage(ctx);
  await insert(message);
  ctx.clock.at += minute;
  const again = { ...message, revision: 'again' };
  await insert(again);
  ctx.clock.at += 300;
  await end([again], 'sent');
  await writeHistory(ctx, never);
  expect((await readHistory(ctx, 'shop', 'hour')).total.p95).toBeLessThan(500);
});

test('once a minute it is noted how much waits, by priority, and how old the oldest event to be reported is', async () => {
  await putTenant(ctx, 'shop', { client_base_url: 'https://shop.example' });
  const sent = newMessage(ctx);
  await insert(newMessage(ctx, { priority: 0 }), sent, newMessage(ctx, { tenantId: 'other', priority: 3 }));
  await end([sent], 'sent');
  ctx.clock.at += 2 * minute;
  await writeHistory(ctx, never);
  const waiting = { depths: [1, 0, 0, 0], reportLagMs: 2 * minute };
  expect(await measureWaiting(ctx, 'shop')).toEqual(waiting);
  expect((await readHistory(ctx, 'shop', 'hour')).points.at(-1)).toMatchObject(waiting);
  expect((await readHistory(ctx, undefined, 'hour')).points.at(-1)).toMatchObject({
    ...waiting,
    depths: [1, 0, 0, 1],
  });
  await insert(newMessage(ctx), newMessage(ctx));
  await writeHistory(ctx, never);
  expect((await readHistory(ctx, 'shop', 'hour')).total.depths).toEqual([1, 0, 0, 0]);
  ctx.clock.at += minute;
  await writeHistory(ctx, never);
  expect((await readHistory(ctx, 'shop', 'week')).total.depths).toEqual([1, 0, 2, 0]);
});

test('minutes are kept for a day, hours as long as the setting says, and nothing of a deleted tenant', async () => {
  await insert(newMessage(ctx));
  await writeHistory(ctx, never);
  const count = async () => [await ctx.db.read.historyMinute.count(), await ctx.db.read.historyHour.count()];
  expect(await count()).toEqual([2, 2]);
  ctx.clock.at = newYear + 1441 * minute;
  await prune(ctx);
  expect(await count()).toEqual([2, 2]);
  ctx.clock.at = newYear + 1450 * minute;
  await prune(ctx);
  expect(await count()).toEqual([0, 2]);
  await deleteTenant(ctx, 'shop');
  expect(await ctx.db.read.historyHour.findMany()).toMatchObject([{ tenantId: '' }]);
  ctx.clock.at = newYear + 90 * 24 * 60 * minute;
  await prune(ctx);
  expect(await count()).toEqual([0, 0]);
});

test('GMP_HISTORY_RETENTION_SECONDS=0 keeps none, and removes what there was', async () => {
  await insert(newMessage(ctx));
  await writeHistory(ctx, never);
  const without = { ...ctx, config: { ...ctx.config, historyRetentionSeconds: 0 } };
  ctx.clock.at += minute;
  await insert(newMessage(ctx));
  await writeHistory(without, never);
  await prune(without);
  expect(await ctx.db.read.historyMinute.count()).toBe(0);
  expect(await ctx.db.read.historyHour.count()).toBe(0);
});
