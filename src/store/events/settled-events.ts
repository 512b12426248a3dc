// Tells up to which id the log of events is complete: no event with a lower id will appear later.

import type { Needs } from '../context.js';
import { byDatabase, sql } from '../db/sql.js';
import { onPostgres } from '../db/sql-parts.js';
import { rows } from '../db/transaction.js';

/**
 * A transaction draws its event ids before it commits, and transactions commit in another order. On PostgreSQL each
 * transaction takes a lock before it draws (the trigger `events_fence`), so the lowest lock bounds the ids in flight. The
 * three steps must be separate statements, in this order, so that each sees what was done before the previous step:
 *
 * 1. Read the last id drawn. Every id up to it was drawn under a lock that existed at that time.
 * 2. Read the locks. A transaction whose lock is gone has committed or never will.
 * 3. Read the events (the caller does). Every committed event up to the bound is visible by now.
 *
 * SQLite runs one writing transaction at a time, so all visible events are complete and the last id is the answer.
 * @returns 0 when there are no events
 */
export async function findSettled(ctx: Needs<'db'>): Promise<number> {
  const [drawn] = await ctx.db.query(rows<{ last: bigint | number }>(lastId));
  const [locked] = await ctx.db.query(rows<{ lowest: bigint | null }>(lowestLock));
  const last = Number(drawn?.last ?? 0);
  return locked?.lowest == null ? last : Math.min(last, Number(locked.lowest));
}

const lastId = byDatabase({
  sqlite: sql`SELECT COALESCE(MAX(id), 0) AS last FROM events`,
  postgresql: sql`SELECT last_value - CASE WHEN is_called THEN 0 ELSE 1 END AS last FROM events_id_seq`,
});

const lowestLock = onPostgres(sql`
  SELECT MIN((classid::bigint & 65535) << 32 | objid::bigint) AS lowest FROM pg_locks
  WHERE locktype = 'advisory' AND objsubid = 1 AND classid::bigint >> 16 = 25974
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`);
