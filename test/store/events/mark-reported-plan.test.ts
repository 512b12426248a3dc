// Marking acknowledged events costs as much as there are, however many other events exist or wait to be reported.
import { expect, onTestFinished, test } from 'vitest';
import { markReported } from '../../../src/store/events/mark-reported.js';
import { type EventRow, findUnreported } from '../../../src/store/events/unreported.js';
import { Prisma } from '../../../src/store/generated/sqlite/client.js';
import { freshDatabase } from '../../support/stage/databases.js';
import { fillMessages } from '../../support/stage/fill-messages.js';
import { addTenant, openStore, type StoreContext } from '../../support/stage/open-store.js';
import { explain } from '../../support/stage/plans.js';
import { query } from '../../support/stage/tables.js';

const count = 20_000;
const told = 100;

/** A store that keeps the statements it writes with. */
function watchWrites(ctx: StoreContext) {
  const written: Prisma.Sql[] = [];
  const write: StoreContext['db']['write'] = (build) =>
    ctx.db.write((client) =>
      build(
        new Proxy(client, {
          get: (target, name) =>
            name !== '$executeRaw'
              ? Reflect.get(target, name)
              : (strings: TemplateStringsArray, ...values: unknown[]) => {
                  written.push(Prisma.sql(strings, ...values));
                  return target.$executeRaw(strings, ...values);
                },
        }),
      ),
    );
  return { written, watched: { ...ctx, db: { ...ctx.db, write } } };
}

test('the reported messages are found by their keys, and their unreported events by an index', async () => {
  const database = await freshDatabase();
  onTestFinished(database.drop);
  const ctx = await openStore(database.path);
  onTestFinished(() => ctx.db.close());
  await addTenant(ctx);
  if (database.kind === 'postgresql') {
    for (const table of ['messages', 'events'])
      await query(database, `ALTER TABLE ${table} SET (autovacuum_enabled = false)`);
  }
  await fillMessages(database, { tenantId: 'shop', count });
  for (const type of ['deferred', 'sent'] satisfies EventRow['type'][]) {
    await query(
      database,
      `INSERT INTO events (tenant_id, message_pk, message_id, type, at)
      SELECT tenant_id, pk, id, '${type}', 1 FROM messages ORDER BY pk`,
    );
  }
  for (const known of [false, true]) {
    if (known) await query(database, 'ANALYZE');
    const { written, watched } = watchWrites(ctx);
    const said = { callAfterMs: 1000, quietUntil: undefined, remarks: new Map(), isLast: false };
    await markReported(watched, 'shop', await findUnreported(ctx, 'shop', told), said);
    const sql = written.find((one) => one.sql.includes('UPDATE messages'));
    if (sql === undefined) throw new Error('no message was written');
    const plan = await explain(ctx.db, { sql, settings: [] }, ['messages', 'events']);
    // A `queued` event is read and discarded, because it is never reported.
    const faults = plan.faults.filter(
      (fault) => !/thrown away after (events_message_pk|messages_pkey)/.test(fault),
    );
    expect({ known, faults, read: Math.min(plan.read, 5 * told) }).toEqual({
      known,
      faults: [],
      read: plan.read,
    });
    expect(plan.indexes.some((index) => index.startsWith('events_message_pk_id_idx'))).toBe(true);
  }
}, 120_000);
