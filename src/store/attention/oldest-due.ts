// Tenants whose oldest message is due for long, by a look at the first entry of an index for each tenant.
import type { Needs } from '../context.js';
import { empty, sql } from '../db/sql.js';
import { rows } from '../db/transaction.js';
import { allBatches } from '../tenants/suspend.js';

interface OldestDue {
  tenantId: string;
  /** Of the message, as its tenant named it. */
  id: string;
  accountId: string | null;
  dueAt: number;
  /** Whether it waits because its tenant, or its batch, is stopped. */
  isStopped: boolean;
}

interface Row {
  tenant: string;
  id: string;
  account: string | null;
  due_at: bigint | number;
  stopped: boolean | bigint | number;
}

/** A message that was handed in without a time has been due since it was accepted; its due_at is 0. */
const dueSince = sql`CASE WHEN m.due_at > m.created_at THEN m.due_at ELSE m.created_at END`;

/**
 * The oldest first. Messages that were deferred are not looked at, because each of them has a reason of its own.
 * @param before milliseconds since the epoch
 */
export async function findOldestDue(
  ctx: Needs<'db'>,
  { tenantId, before, limit }: { tenantId: string | undefined; before: number; limit: number },
): Promise<OldestDue[]> {
  const found = await ctx.db.query(
    rows<Row>(sql`
      SELECT m.tenant_id AS tenant, m.id AS id, m.account_id AS account, ${dueSince} AS due_at,
        (t.active = false OR EXISTS (SELECT 1 FROM suspensions s WHERE s.tenant_id = t.id
          AND s.batch_code IN (${allBatches}, COALESCE(m.batch_code, '')))) AS stopped
      FROM tenants t JOIN messages m ON m.pk = (SELECT o.pk FROM messages o
        WHERE o.tenant_id = t.id AND o.status = 'pending' ORDER BY o.pk LIMIT 1)
      WHERE t.deleted_at IS NULL AND ${dueSince} <= ${before} ${tenantId === undefined ? empty : sql`AND t.id = ${tenantId}`}
      ORDER BY ${dueSince} LIMIT ${limit}`),
  );
  return found.map(({ tenant, id, account, due_at, stopped }) => ({
    tenantId: tenant,
    id,
    accountId: account,
    dueAt: Number(due_at),
    isStopped: stopped === true || Number(stopped) === 1,
  }));
}
