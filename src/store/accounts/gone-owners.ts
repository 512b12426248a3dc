// Tells which accounts are gone, with those of tenants that are gone.
import { type Owner, ownerKey } from '../../domain/owner.js';
import type { Needs } from '../context.js';
import { sql } from '../db/sql.js';
import { rowsOf } from '../db/sql-parts.js';
import { rows } from '../db/transaction.js';
import { isWaiting } from '../messages/status-sql.js';
import { parkedFrom } from '../schedule/sweep-schedule.js';

interface GoneOwners {
  isGone(owner: Owner): boolean;
  /** Whether messages of a deleted account are to fail within the next minute: their jobs are still needed for that. */
  hasWork(owner: Owner): boolean;
}

const soonMs = 60_000;

export async function findGoneOwners(ctx: Needs<'db' | 'clock'>, owners: Owner[]): Promise<GoneOwners> {
  const distinct = new Map(owners.map((owner) => [ownerKey(owner), owner]));
  const asked = rowsOf(
    { tenant: 'text', account: 'text' },
    [...distinct.values()].map(({ tenantId, accountId }) => ({ tenant: tenantId, account: accountId })),
  );
  const found = await ctx.db.query(
    rows<{ tenant: string; account: string | null; work: bigint | number }>(sql`
      SELECT j.tenant AS tenant, j.account AS account,
        CASE WHEN EXISTS (SELECT 1 FROM messages m WHERE m.tenant_id = j.tenant AND m.account_id = j.account
          AND ${isWaiting('m')} AND m.due_at <= ${ctx.clock.now() + soonMs} AND m.next_sweep_at < ${parkedFrom})
          AND EXISTS (SELECT 1 FROM tenants t WHERE t.id = j.tenant AND t.deleted_at IS NULL)
          THEN 1 ELSE 0 END AS work
      FROM ${asked}
      WHERE NOT EXISTS (SELECT 1 FROM tenants t WHERE t.id = j.tenant AND t.deleted_at IS NULL)
        OR (j.account IS NOT NULL
          AND NOT EXISTS (SELECT 1 FROM accounts a WHERE a.tenant_id = j.tenant AND a.id = j.account))`),
  );
  const work = new Map(
    found.map((row) => [ownerKey({ tenantId: row.tenant, accountId: row.account }), Number(row.work) === 1]),
  );
  return {
    isGone: (owner) => work.has(ownerKey(owner)),
    hasWork: (owner) => work.get(ownerKey(owner)) === true,
  };
}
