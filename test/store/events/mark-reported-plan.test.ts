// Marking acknowledged events costs as much as there are, however many other events exist or wait to be reported.
import { expect, onTestFinished, test } from 'vitest';
import { render, type Sql } from '../../../src/store/db/sql.js';
import type { Transaction } from '../../../src/store/db/transaction.js';
import { markReported } from '../../../src/store/events/mark-reported.js';
import { type EventRow, findUnreported } from '../../../src/store/events/unreported.js';
import { freshDatabase } from '../../support/stage/databases.js';
import { fillMessages } from '../../support/stage/fill-messages.js';
import { addTenant, openStore, type StoreContext } from '../../support/stage/open-store.js';
import { explain } from '../../support/stage/plans.js';
import { query } from '../../support/stage/tables.js';

const count = 20_000;
const told = 100;

/** A store that records the statements of its transactions. */
function watchWrites(ctx: StoreContext) {
  const written: Sql[] = [];
  const transaction: Transaction = (statements) => {
    written.push(...Object.values(statements).flatMap((one) => one?.sql ?? []));
    return ctx.db.transaction(statements);
  };
  return { written, watched: { ...ctx, db: { ...ctx.db, transaction } } };
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
    const sql = written.find((one) => render(one, ctx.db.kind).text.includes('UPDATE messages'));
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
