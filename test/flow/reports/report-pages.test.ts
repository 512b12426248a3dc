// Events that fill their reports exactly: what the application answers to the last of them counts as ever.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openMemory } from '../../../src/memory.js';
import type { ReportEntry } from '../../../src/report/payload.js';
import type { Poster } from '../../../src/report/post.js';
import { reportTenant } from '../../../src/report/report-tenant.js';
import type { Transaction } from '../../../src/store/db/transaction.js';
import { insertMessages } from '../../../src/store/messages/insert.js';
import { type FreshDatabase, freshDatabase } from '../../support/stage/databases.js';
import { addTenant, newMessage, openStore, type StoreContext } from '../../support/stage/open-store.js';
import { query } from '../../support/stage/tables.js';

let database: FreshDatabase;
let ctx: StoreContext;
beforeEach(async () => {
  database = await freshDatabase();
  ctx = await openStore(database.path, {
    GMP_REPORT_BATCH_SIZE: '2',
    GMP_CLIENT_SYNC_URL: 'http://app.test/',
  });
  await addTenant(ctx);
});
afterEach(async () => {
  await ctx.db.close();
  await database.drop();
});

async function addEvents(count: number): Promise<void> {
  const messages = Array.from({ length: count }, () => newMessage(ctx));
  await insertMessages(ctx, [{ messages }]);
  for (const { pk } of messages) {
    await query(
      database,
      `INSERT INTO events (tenant_id, message_pk, message_id, type, at) VALUES ('shop', '${pk}', '${pk}', 'sent', 1)`,
    );
  }
}

/** An application that gives these answers, one after the other. */
function application(...answers: object[]) {
  const told: ReportEntry[][] = [];
  const poster: Poster = {
    async post(_target, { entries }) {
      told.push(entries);
      return { kind: 'acknowledged', answer: JSON.stringify(answers[told.length - 1] ?? { ok: true }) };
    },
    close: async () => {},
  };
  return { told, poster };
}

const signals = { stop: new AbortController().signal, cut: new AbortController().signal };
const report = (poster: Poster, occasion: 'events' | 'call', db = ctx.db) =>
  reportTenant(
    { ...ctx, db, memory: openMemory(ctx.clock, ctx.config), reportHandler: undefined },
    poster,
    'shop',
    occasion,
    signals,
  );
const leaseOwner = async () =>
  (await query(database, 'SELECT report_lease_owner FROM tenants'))[0]?.report_lease_owner;

test('an application that has more after the last full page is called again, and its claim is given back', async () => {
  await addEvents(4);
  const { told, poster } = application({ queued: 0 }, { queued: 3 });
  expect(await report(poster, 'events')).toEqual({ kind: 'done', reported: 4, callAfterMs: 100 });
  expect(told.map(({ length }) => length)).toEqual([2, 2]);
  expect(await leaseOwner()).toBeNull();
});

test('one that had more before the last full page and then has not is left alone', async () => {
  await addEvents(4);
  const { poster } = application({ queued: 3 }, { queued: 0 });
  expect(await report(poster, 'events')).toEqual({ kind: 'done', reported: 4 });
});

test('a call that finds a full page of events tells those and is not followed by one that tells nothing', async () => {
  const { told, poster } = application({ queued: 3 });
  const transaction: Transaction = async (statements) => {
    const results = await ctx.db.transaction(statements);
    // Right after the lease is acquired.
    if (told.length === 0) await addEvents(2);
    return results;
  };
  expect(await report(poster, 'call', { ...ctx.db, transaction })).toEqual({
    kind: 'done',
    reported: 2,
    callAfterMs: 100,
  });
  expect(told.map(({ length }) => length)).toEqual([2]);
  expect(await leaseOwner()).toBeNull();
});

test('a call that finds nothing tells nothing, once', async () => {
  const { told, poster } = application({ queued: 1 });
  expect(await report(poster, 'call')).toEqual({ kind: 'done', reported: 0, callAfterMs: 100 });
  expect(told).toEqual([[]]);
  expect(await leaseOwner()).toBeNull();
});
