// Counts how many mails stand in windows of limits, without reading the mails: entries of a scope are numbered in the order
// of their times, so the first one in the window is found by halving.
import type { Needs } from '../context.js';
import { sql } from '../db/sql.js';
import { rowsOf } from '../db/sql-parts.js';
import { rows } from '../db/transaction.js';
import { staysMs, type Window } from '../limits/window.js';

interface WindowAsked {
  window: Window;
  /** Of an account or a tenant, as the send log has it. */
  scope: string;
  limit: number;
  /** The number and the time of the newest entry of the scope. */
  lastN: number;
  lastAt: number;
}

/** In the order asked. A window that holds more than its limit, because that was lowered, counts as full. */
export async function countInWindows(
  ctx: Needs<'db' | 'sendClock'>,
  asked: WindowAsked[],
): Promise<number[]> {
  const now = ctx.sendClock();
  const searches = asked.map(({ window, scope, limit, lastN, lastAt }, k) => {
    // A power of two, so that every step halves what is left.
    const span = 2 ** Math.ceil(Math.log2(limit + 1));
    return { k, scope, before: lastN + 1 - span, span, since: Math.max(now, lastAt) - staysMs(window) };
  });
  const columns = { k: 'bigint', scope: 'text', before: 'bigint', span: 'bigint', since: 'bigint' } as const;
  const isAfter = sql`(SELECT l.at FROM send_log l WHERE l.scope = s.scope AND l.n = s.before + s.span / 2) > s.since`;
  const found =
    searches.length === 0
      ? []
      : await ctx.db.query(
          rows<{ k: number | bigint; before: number | bigint }>(sql`
          WITH RECURSIVE s AS (
            SELECT j.k, j.scope, j.before, j.span, j.since FROM ${rowsOf(columns, searches)}
            UNION ALL
            SELECT s.k, s.scope, s.before + CASE WHEN ${isAfter} THEN 0 ELSE s.span / 2 END, s.span / 2, s.since
            FROM s WHERE s.span > 1)
          SELECT s.k, s.before FROM s WHERE s.span = 1`),
        );
  // The entry with the number `before` is the last one that has left the window.
  const lastOut = new Map(found.map(({ k, before }) => [Number(k), Number(before)]));
  return asked.map(({ limit, lastN }, k) => Math.min(limit, lastN - (lastOut.get(k) ?? lastN)));
}
