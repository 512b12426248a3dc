// Tenants whose oldest message is due for long, by a look at the first entry of an index for each tenant.
import type { Needs } from '../context.js';
import { byDatabase, empty, sql } from '../db/sql.js';
import { rowsOf } from '../db/sql-parts.js';
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

/** As the index of tenant, status and pk has it. Pks sort alike in all collations. */
const pkOfIndex = byDatabase({ sqlite: sql`m.pk`, postgresql: sql`m.pk COLLATE "C"` });

/**
 * The oldest first. Messages that were deferred are not looked at, because each of them has a reason of its own.
 * @param before milliseconds since the epoch
 */
export async function findOldestDue(
  ctx: Needs<'db'>,
  { tenantId, before, limit }: { tenantId: string | undefined; before: number; limit: number },
): Promise<OldestDue[]> {
  const oldest = await ctx.db.query(
    rows<{ pk: string }>(sql`SELECT o.pk AS pk FROM (
      SELECT (SELECT m.pk FROM messages m WHERE m.tenant_id = t.id AND m.status = 'pending' ORDER BY ${pkOfIndex} LIMIT 1) AS pk
      FROM tenants t WHERE t.deleted_at IS NULL ${tenantId === undefined ? empty : sql`AND t.id = ${tenantId}`}) AS o
      WHERE o.pk IS NOT NULL`),
  );
  // In one statement with the first, PostgreSQL would read all messages to join them.
  const found =
    oldest.length === 0
      ? []
      : await ctx.db.query(
          rows<Row>(sql`
            SELECT m.tenant_id AS tenant, m.id AS id, m.account_id AS account, ${dueSince} AS due_at,
              (t.active = false OR EXISTS (SELECT 1 FROM suspensions s WHERE s.tenant_id = t.id
                AND s.batch_code IN (${allBatches}, COALESCE(m.batch_code, '')))) AS stopped
            FROM ${rowsOf({ pk: 'text' }, oldest)} JOIN messages m ON m.pk = j.pk JOIN tenants t ON t.id = m.tenant_id
            WHERE ${dueSince} <= ${before} ORDER BY ${dueSince} LIMIT ${limit}`),
        );
  return found.map(({ tenant, id, account, due_at, stopped }) => ({
    tenantId: tenant,
    id,
    accountId: account,
    dueAt: Number(due_at),
    isStopped: stopped === true || Number(stopped) === 1,
  }));
}
