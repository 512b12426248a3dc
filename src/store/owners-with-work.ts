// Whose messages are to be sent now or soon: so that queues which outlived the processes that worked on them find new ones.
import type { Needs } from '../context.js';
import { notSuspended } from './not-suspended.js';
import type { LimitedOwner } from './send-log.js';

/** Looks at every unsent message once: for starts and deaths of processes, not for every sweep. */
export async function findOwnersWithWork(ctx: Needs<'db'>, dueBefore: number): Promise<LimitedOwner[]> {
  const rows = await ctx.db.read.$queryRaw<{ tenant_id: string; account_id: string | null }[]>`
    SELECT DISTINCT tenant_id, account_id FROM messages
    WHERE check_at IS NOT NULL AND status IN ('pending', 'deferred') AND due_at <= CAST(${dueBefore} AS BIGINT)
      AND ${notSuspended}`;
  return rows.map(({ tenant_id, account_id }) => ({ tenantId: tenant_id, accountId: account_id }));
}
