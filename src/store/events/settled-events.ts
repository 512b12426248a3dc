// Tells up to which number the log of events is complete: no event with a lower one will appear any more.
import type { Needs } from '../context.js';

/**
 * Numbers are drawn before a transaction commits, and transactions commit in another order. On PostgreSQL each leaves a
 * lock before it draws (the trigger `events_fence`), so the lowest of these locks bounds what is under way. The three
 * steps must be statements of their own, in this order, so that each sees what was done before the one before it:
 *
 * 1. the last number drawn: numbers up to it were drawn by now, each under a lock that was there before;
 * 2. the locks: who has none any more has committed or will never commit;
 * 3. the events themselves, read by the caller afterwards: of those up to the bound all that are committed are seen.
 *
 * SQLite has one transaction that writes at a time, so what is there is complete.
 * @returns 0 where there are no events
 */
export async function findSettled(ctx: Needs<'db'>): Promise<number> {
  if (ctx.db.kind === 'sqlite') {
    const { _max: max } = await ctx.db.read.event.aggregate({ _max: { id: true } });
    return Number(max.id ?? 0);
  }
  const [drawn] = await ctx.db.read.$queryRaw<{ last: bigint }[]>`
    SELECT last_value - CASE WHEN is_called THEN 0 ELSE 1 END AS last FROM events_id_seq`;
  const [locked] = await ctx.db.read.$queryRaw<{ lowest: bigint | null }[]>`
    SELECT MIN((classid::bigint & 65535) << 32 | objid::bigint) AS lowest FROM pg_locks
    WHERE locktype = 'advisory' AND objsubid = 1 AND classid::bigint >> 16 = 25974
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
  const last = Number(drawn?.last ?? 0);
  return locked?.lowest == null ? last : Math.min(last, Number(locked.lowest));
}
