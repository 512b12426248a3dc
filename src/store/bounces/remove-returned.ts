// Removes what came back of messages that are about to be deleted, a page at a time: one message may have come back any
// number of times, and the statement that deletes it would delete all of that with it.
import type { Needs } from '../context.js';
import { type Sql, sql } from '../db/sql.js';
import { rows, run } from '../db/transaction.js';

/** So many may go with their message. */
const mostWithMessage = 100;

/** Rows that one statement removes, because on SQLite nothing else runs in the process meanwhile. */
const pageSize = 500;

/** The events that tell of a mail that came back. The others go with their message. */
const isReturn = sql`type IN ('bounce', 'complaint', 'delayed', 'delivered')`;

/**
 * Does nothing for messages that came back only a few times.
 * @param which picks rows of `messages`
 * @param paced runs a statement, and may pause after it
 */
export async function removeReturned(
  ctx: Needs<'db'>,
  which: Sql,
  paced: <T>(statement: () => Promise<T>) => Promise<T> = (statement) => statement(),
): Promise<void> {
  const often = await ctx.db.query(
    rows<{ pk: string }>(sql`SELECT pk FROM messages WHERE ${which} AND bounces > ${mostWithMessage}`),
  );
  for (const { pk } of often) {
    const pages = [
      sql`DELETE FROM bounces WHERE id IN (SELECT b.id FROM bounces b WHERE b.message_pk = ${pk} LIMIT ${pageSize})`,
      sql`DELETE FROM events WHERE id IN (
        SELECT e.id FROM events e WHERE e.message_pk = ${pk} AND ${isReturn} LIMIT ${pageSize})`,
    ];
    for (const page of pages) {
      const remove = () => ctx.db.transaction({ removed: run(page) });
      for (let removed = pageSize; removed === pageSize; ) ({ removed } = await paced(remove));
    }
  }
}
