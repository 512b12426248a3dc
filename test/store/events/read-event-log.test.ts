// A reader that follows the event log by its cursor sees every event once and in order, whatever is written meanwhile.
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sql, verbatim } from '../../../src/store/db/sql.js';
import { onPostgres } from '../../../src/store/db/sql-parts.js';
import { run } from '../../../src/store/db/transaction.js';
import { type LogFilter, readEventLog } from '../../../src/store/events/read-event-log.js';
import { findUnreported } from '../../../src/store/events/unreported.js';
import { insertMessages } from '../../../src/store/messages/insert.js';
import type { FreshDatabase } from '../../support/stage/databases.js';
import { fillMessages } from '../../support/stage/fill-messages.js';
import { addTenant, freshStore, newMessage, type StoreContext } from '../../support/stage/open-store.js';
import { explain, watchReads } from '../../support/stage/plans.js';
import { query } from '../../support/stage/tables.js';

let database: FreshDatabase;
let ctx: StoreContext;
beforeEach(async () => {
  ({ ctx, database } = await freshStore());
  await addTenant(ctx);
});
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
  await ctx.db.close();
  await database.drop();
});

const postgresOnly = test.skipIf(process.env.TEST_DATABASE !== 'postgresql');

/** A message of the tenant, for events to belong to. */
async function storeMessage(tenantId = 'shop'): Promise<string> {
  const message = newMessage(ctx, { tenantId });
  await insertMessages(ctx, [{ messages: [message] }]);
  return message.pk;
}

const insertion = (pk: string, type: string, tenantId = 'shop') =>
  `INSERT INTO events (tenant_id, message_pk, message_id, type, at) VALUES ('${tenantId}', '${pk}', 'id-${pk}', '${type}', 1)`;
const insert = (pk: string, type = 'sent') => run(verbatim(insertion(pk, type)));

const ends: (() => Promise<void>)[] = [];

/** A transaction that stays open until the test ends it. */
async function begin(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: database.path });
  await client.connect();
  ends.push(() => client.end());
  await client.query('BEGIN');
  return client;
}

/** Follows the log from the beginning. Each call of `on` reads up to its end. */
function follow(filter: Partial<LogFilter> = {}) {
  const seen: number[] = [];
  let next = 0;
  return {
    seen,
    async on() {
      for (let more = true; more; ) {
        const page = await readEventLog(ctx, 'shop', { limit: 7, types: undefined, ...filter, after: next });
        seen.push(...page.events.map(({ event_id }) => event_id));
        next = page.next;
        more = page.more;
      }
    },
  };
}

const idsOf = async (where: string) =>
  (await query(database, `SELECT id FROM events WHERE ${where} ORDER BY id`)).map(({ id }) => Number(id));

test('while many write, some slowly and some without success, a reader misses no event and sees none twice', async () => {
  const pk = await storeMessage();
  const pause = () => run(onPostgres(verbatim(`SELECT pg_sleep(${Math.random() * 0.01})`)));
  let writing = 8;
  const write = async (writer: number) => {
    for (let n = 0; n < 50; n++) {
      const fails = n % 10 === writer;
      const done = ctx.db.transaction({
        first: insert(pk),
        pause: pause(),
        second: insert(pk, 'error'),
        ...(fails && { fault: run(sql`INSERT INTO tenants (id) VALUES (NULL)`) }),
      });
      if (fails) await expect(done).rejects.toThrow();
      else await done;
    }
    writing -= 1;
  };
  const followed = follow();
  const reading = async () => {
    while (writing > 0) {
      await followed.on();
      // SQLite reads without leaving this turn of the event loop, so that the writers would never run.
      await new Promise((resolve) => setImmediate(resolve));
    }
    await followed.on();
  };
  const writers = Array.from({ length: writing }, (_, writer) => write(writer));
  await Promise.all([...writers, reading()]);
  const all = await idsOf("type <> 'queued'");
  expect(all.length).toBe(8 * 45 * 2);
  expect(followed.seen).toEqual(all);
}, 120_000);

postgresOnly(
  'the log waits for events that commit late, and not for events that are rolled back',
  async () => {
    const pk = await storeMessage();
    const slow = [await begin(), await begin()];
    for (const client of slow) await client.query(insertion(pk, 'sent'));
    await ctx.db.transaction({ event: insert(pk) });
    const followed = follow();
    await followed.on();
    expect(followed.seen).toEqual([]);
    await slow[0]?.query('COMMIT');
    await followed.on();
    expect(followed.seen).toHaveLength(1);
    await slow[1]?.query('ROLLBACK');
    await followed.on();
    expect(followed.seen).toEqual(await idsOf("type = 'sent'"));
    expect(followed.seen).toHaveLength(2);
  },
);

postgresOnly('the log waits for the very first id of a database as well', async () => {
  const pk = await storeMessage();
  await query(database, 'DELETE FROM events');
  await query(database, "SELECT setval('events_id_seq', 1, false)");
  const client = await begin();
  await client.query(insertion(pk, 'sent'));
  await ctx.db.transaction({ event: insert(pk) });
  const followed = follow();
  await followed.on();
  expect(followed.seen).toEqual([]);
  await client.query('COMMIT');
  await followed.on();
  expect(followed.seen).toEqual([1, 2]);
});

test('the log holds the events of one tenant, each with its message, and `queued` only if asked for', async () => {
  await addTenant(ctx, 'other');
  const [mine, theirs] = [await storeMessage(), await storeMessage('other')];
  await query(database, insertion(mine, 'sent'));
  await query(database, insertion(theirs, 'sent', 'other'));
  await query(database, insertion(mine, 'bounce'));
  const typesOf = async (types?: string[]) => {
    const { events, more } = await readEventLog(ctx, 'shop', { after: 0, limit: 10, types });
    expect(more).toBe(false);
    expect(events.every(({ pk }) => pk === mine)).toBe(true);
    return events.map(({ event_type }) => event_type);
  };
  expect(await typesOf()).toEqual(['sent', 'bounce']);
  expect(await typesOf(['queued', 'bounce'])).toEqual(['queued', 'bounce']);
  expect(await typesOf(['nothing'])).toEqual([]);
  const { events } = await readEventLog(ctx, 'shop', { after: 0, limit: 1, types: undefined });
  const event_id = expect.any(Number);
  expect(events).toEqual([{ event_id, event_type: 'sent', event_ts: 0, id: `id-${mine}`, pk: mine }]);
});

test('rare events are reached in bounded steps, and the cursor moves on where there are none', async () => {
  await fillMessages(database, { tenantId: 'shop', count: 12_000 });
  const [{ pk } = {}] = await query(database, 'SELECT MIN(pk) AS pk FROM messages');
  await query(database, insertion(String(pk), 'bounce'));
  const steps = [];
  for (let after = 0, more = true; more; ) {
    const page = await readEventLog(ctx, 'shop', { after, limit: 10, types: ['bounce'] });
    steps.push(page.events.length);
    expect(page.next).toBeGreaterThan(after);
    ({ next: after, more } = page);
  }
  expect(steps).toEqual([0, 0, 1]);
  const [last] = (await idsOf("type = 'bounce'")).slice(-1);
  const end = await readEventLog(ctx, 'shop', { after: last ?? 0, limit: 10, types: undefined });
  expect(end).toEqual({ events: [], next: last, more: false });
});

test('unreported events are found by their own index, although the log has one too', async () => {
  await fillMessages(database, { tenantId: 'shop', count: 5000 });
  await query(
    database,
    `INSERT INTO events (tenant_id, message_pk, message_id, type, at, reported_at)
    SELECT tenant_id, pk, id, 'sent', 1, 1 FROM messages`,
  );
  const [{ pk } = {}] = await query(database, 'SELECT MAX(pk) AS pk FROM messages');
  await query(database, insertion(String(pk), 'sent'));
  for (const known of [false, true]) {
    if (known) await query(database, 'ANALYZE');
    const { db, statements } = watchReads(ctx.db);
    expect(await findUnreported({ ...ctx, db }, 'shop', 10)).toHaveLength(1);
    const [statement] = statements;
    const plan = statement && (await explain(ctx.db, statement, ['events']));
    expect(plan).toMatchObject({ faults: [], indexes: [expect.stringContaining('events_unreported_idx')] });
  }
});
