// Counts the messages that are to be sent or are being sent. It reads only an index of them, however much else is stored.
import { openStatuses } from '../../domain/status.js';
import type { Needs } from '../context.js';
import { empty, sql } from '../db/sql.js';
import { listOf } from '../db/sql-parts.js';
import { rows } from '../db/transaction.js';

/** @param tenantId only messages of this tenant, or of one of its batches or accounts; undefined: all messages */
export async function countPending(
  ctx: Needs<'db'>,
  tenantId?: string,
  { batchCode, accountId }: { batchCode?: string | undefined; accountId?: string | undefined } = {},
): Promise<number> {
  const ofBatch = batchCode === undefined ? empty : sql`AND batch_code = ${batchCode}`;
  const ofAccount = accountId === undefined ? empty : sql`AND account_id = ${accountId}`;
  const which =
    tenantId === undefined
      ? sql`next_sweep_at >= 0`
      : sql`tenant_id = ${tenantId} AND status IN ${listOf(openStatuses)} ${ofBatch} ${ofAccount}`;
  const [row] = await ctx.db.query(
    rows<{ n: bigint | number }>(sql`
      SELECT COUNT(*) AS n FROM messages WHERE ${which}`),
  );
  return Number(row?.n ?? 0);
}
