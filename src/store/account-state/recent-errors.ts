// What the server of an account refused lately, by reply code, as its newest failed and deferred messages tell.
import type { Owner } from '../../domain/owner.js';
import type { Needs } from '../context.js';
import { sql } from '../db/sql.js';
import { rows } from '../db/transaction.js';
import { dayMs } from '../limits/window.js';
import { newestOf } from './ends-of-list.js';

export interface RecentError {
  /** Undefined: there was no reply. */
  smtpCode: number | undefined;
  count: number;
  /** Of the last one, in milliseconds since the epoch. */
  at: number;
  error: string;
}

/** Of each status. They are read from an index, in the order of acceptance. */
const most = 200;

interface Row {
  smtp_code: number | null;
  at: bigint | number;
  error: string | null;
}

/** Of the last day. What only waits for a limit, or for the circuit breaker, is no error of its own. */
export async function findRecentErrors(
  ctx: Needs<'db' | 'clock'>,
  { tenantId, accountId }: Owner,
): Promise<RecentError[]> {
  const ofAccount = accountId === null ? sql`IS NULL` : sql`= ${accountId}`;
  const isOfAccount = sql`messages.tenant_id = ${tenantId} AND messages.account_id ${ofAccount}`;
  const found = await ctx.db.query(
    rows<Row>(sql`SELECT e.smtp_code, e.error, COALESCE(e.error_at, e.updated_at) AS at
      FROM ${newestOf(['error', 'deferred'], isOfAccount, most)}
      WHERE COALESCE(e.error_at, e.updated_at) > ${ctx.clock.now() - dayMs} AND e.error IS NOT NULL
        AND (e.status = 'error' OR e.smtp_code IS NOT NULL OR e.blocked_until IS NULL)`),
  );
  const byCode = new Map<number | null, RecentError>();
  for (const { smtp_code, error, at } of found) {
    const known = byCode.get(smtp_code);
    const newest =
      known !== undefined && known.at > Number(at) ? known : { at: Number(at), error: error ?? '' };
    const { at: lastAt, error: last } = newest;
    byCode.set(smtp_code, {
      smtpCode: smtp_code ?? undefined,
      count: (known?.count ?? 0) + 1,
      at: lastAt,
      error: last,
    });
  }
  return [...byCode.values()].sort((a, b) => b.at - a.at);
}
