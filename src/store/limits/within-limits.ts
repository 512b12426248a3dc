// Chooses, of messages that may be sent, those for which the windows of their account and tenant have room.
import type { Needs } from '../context.js';
import { join, type Sql, sql, verbatim } from '../db/sql.js';
import { accountScope, slotsTaken, tenantScope, withLimits } from './send-log.js';
import { hasRoom, type Window, windows } from './window.js';

/** The pks of the first in line of each account and tenant, as many as its windows have room for. */
export function withinLimits(ctx: Needs<'config'>, table: Sql, claimable: Sql, sendClock: number): Sql {
  const rank = (scope: Sql) =>
    sql`ROW_NUMBER() OVER (PARTITION BY ${scope} ORDER BY messages.priority, messages.pk)`;
  return sql`SELECT j.k FROM (
      SELECT j.*, ${rank(accountScope)} AS account_rank, ${rank(tenantScope)} AS tenant_rank,
        COALESCE(sa.last_n, 0) AS account_n, COALESCE(sa.last_at, 0) AS account_at,
        COALESCE(st.last_n, 0) AS tenant_n, COALESCE(st.last_at, 0) AS tenant_at,
        ${slotsTaken(accountScope)} AS account_open, ${slotsTaken(tenantScope)} AS tenant_open
      FROM ${withLimits(ctx, table)} JOIN messages ON ${claimable}
      LEFT JOIN send_scopes sa ON sa.scope = ${accountScope}
      LEFT JOIN send_scopes st ON st.scope = ${tenantScope}) AS j
    WHERE ${join(
      windows.map((window) => hasRoom(window, standingIn(window), sendClock)),
      ' AND ',
    )}`;
}

/** The state of a window, from the columns of `withinLimits`. */
function standingIn({ of }: Window) {
  const column = (what: string) => verbatim(`j.${of}_${what}`);
  return {
    scope: of === 'tenant' ? tenantScope : accountScope,
    lastN: column('n'),
    lastAt: column('at'),
    wanted: sql`${column('open')} + ${column('rank')}`,
  };
}
