// How far the history was written.
import type { Needs } from '../context.js';
import { sql } from '../db/sql.js';
import { rows } from '../db/transaction.js';

/**
 * @param what of `events` the id of the last that was counted, of `samples` the last minute of which there is one
 * @returns 0 before the first
 */
export async function findProgress(ctx: Needs<'db'>, what: 'events' | 'samples'): Promise<number> {
  const [found] = await ctx.db.query(
    rows<{ up_to: bigint }>(sql`SELECT up_to FROM history_progress WHERE what = ${what}`),
  );
  return Number(found?.up_to ?? 0);
}
