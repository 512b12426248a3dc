// Removes bounces of no message after their time. Those of a message go with it.
import type { Needs } from '../context.js';
import { sql } from '../db/sql.js';
import { run } from '../db/transaction.js';
import { pace } from '../messages/clean-up.js';

/** Rows that one statement removes, because on SQLite nothing else runs in the process meanwhile. */
const pageSize = 200;

/**
 * @param before recorded before this, in milliseconds since the epoch
 * @param stop ends it between two statements
 */
export async function removeUnmatchedBounces(
  ctx: Needs<'db' | 'clock'>,
  before: number,
  stop: AbortSignal,
): Promise<void> {
  const paced = pace(ctx.clock, stop);
  for (let removed = pageSize; removed === pageSize && !stop.aborted; ) {
    const page = sql`SELECT id FROM bounces WHERE message_pk IS NULL AND recorded_at < ${before}
      ORDER BY id LIMIT ${pageSize}`;
    ({ removed } = await paced(() =>
      ctx.db.transaction({ removed: run(sql`DELETE FROM bounces WHERE id IN (${page})`) }),
    ));
  }
}
