// Whose messages are to be sent now or soon: so that queues which outlived the processes that worked on them find new ones.

import type { Owner } from '../../domain/owner.js';
import type { Needs } from '../context.js';
import { Prisma } from '../generated/sqlite/client.js';
import { allBatches, notSuspended } from '../tenants/suspend.js';
import { longestPauseMs, parkedFrom } from './sweep-schedule.js';

/** Looks at every unsent message that is not put aside: for starts and deaths of processes, not for every sweep. */
export async function findOwnersWithWork(ctx: Needs<'db'>, dueBefore: number): Promise<Owner[]> {
  const rows = await ctx.db.read.$queryRaw<OwnerRow[]>`
    SELECT DISTINCT tenant_id, account_id FROM messages
    WHERE next_sweep_at >= 0 AND next_sweep_at < CAST(${parkedFrom} AS BIGINT) AND status IN ('pending', 'deferred') AND due_at <= CAST(${dueBefore} AS BIGINT)
      AND ${notSuspended}`;
  return rows.map(toOwner);
}

/**
 * Whose queues may have work again. Reads the index of unsent messages alone, 100,000 of them in some 20 ms, and so asks
 * neither for batches nor exactly whether messages are due.
 * @param tenantId null: everybody's
 */
export async function findActivatedOwners(
  ctx: Needs<'db' | 'clock'>,
  tenantId: string | null,
): Promise<Owner[]> {
  const ofTenant = tenantId === null ? Prisma.empty : Prisma.sql`AND messages.tenant_id = ${tenantId}`;
  const farOff = ctx.clock.now() + longestPauseMs;
  const rows = await ctx.db.read.$queryRaw<OwnerRow[]>`
    SELECT DISTINCT tenant_id, account_id FROM messages
    WHERE next_sweep_at >= 0 ${ofTenant}
      AND (next_sweep_at <= CAST(${farOff} AS BIGINT) OR next_sweep_at >= CAST(${parkedFrom} AS BIGINT))
      AND NOT EXISTS (SELECT 1 FROM suspensions s
        WHERE s.tenant_id = messages.tenant_id AND s.batch_code = ${allBatches})`;
  return rows.map(toOwner);
}

interface OwnerRow {
  tenant_id: string;
  account_id: string | null;
}

function toOwner({ tenant_id, account_id }: OwnerRow): Owner {
  return { tenantId: tenant_id, accountId: account_id };
}
