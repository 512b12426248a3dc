// Finds the accounts with messages to send now or soon, so that queues that outlived their workers get new ones.

import type { Owner } from '../../domain/owner.js';
import type { Needs } from '../context.js';
import { empty, sql } from '../db/sql.js';
import { rows } from '../db/transaction.js';
import { isWaiting } from '../messages/status-sql.js';
import { allBatches, notSuspended } from '../tenants/suspend.js';
import { longestPauseMs, parkedFrom } from './sweep-schedule.js';

/** Reads every unsent message that is not parked. Meant for starts and deaths of processes, not for every sweep. */
export async function findOwnersWithWork(ctx: Needs<'db'>, dueBefore: number): Promise<Owner[]> {
  const found = await ctx.db.query(
    rows<OwnerRow>(sql`
      SELECT DISTINCT tenant_id, account_id FROM messages
      WHERE next_sweep_at >= 0 AND next_sweep_at < ${parkedFrom} AND ${isWaiting('messages')}
        AND due_at <= ${dueBefore} AND ${notSuspended}`),
  );
  return found.map(toOwner);
}

/**
 * The accounts whose queues may have work again. Reads only the index of unsent messages, 100,000 of them in some 20 ms, and
 * therefore checks neither batches nor the exact time when a message is due.
 * @param tenantId null: of all tenants
 */
export async function findActivatedOwners(
  ctx: Needs<'db' | 'clock'>,
  tenantId: string | null,
): Promise<Owner[]> {
  const ofTenant = tenantId === null ? empty : sql`AND messages.tenant_id = ${tenantId}`;
  const farOff = ctx.clock.now() + longestPauseMs;
  const found = await ctx.db.query(
    rows<OwnerRow>(sql`
      SELECT DISTINCT tenant_id, account_id FROM messages
      WHERE next_sweep_at >= 0 ${ofTenant}
        AND (next_sweep_at <= ${farOff} OR next_sweep_at >= ${parkedFrom})
        AND NOT EXISTS (SELECT 1 FROM suspensions s
          WHERE s.tenant_id = messages.tenant_id AND s.batch_code = ${allBatches})`),
  );
  return found.map(toOwner);
}

export interface QueuedOwner extends Owner {
  isSuspended: boolean;
}

/** Accounts with unsent messages that are not parked, and suspended accounts, in the order of their names. */
export async function findQueuedOwners(ctx: Needs<'db'>, most: number): Promise<QueuedOwner[]> {
  const found = await ctx.db.query(
    rows<OwnerRow & { suspended: number | bigint }>(sql`
      SELECT q.tenant_id, q.account_id, COUNT(a.suspended_at) AS suspended
      FROM (SELECT DISTINCT tenant_id, account_id FROM messages
          WHERE next_sweep_at >= 0 AND next_sweep_at < ${parkedFrom}
        UNION SELECT tenant_id, id FROM accounts WHERE suspended_at IS NOT NULL) AS q
        LEFT JOIN accounts a ON a.tenant_id = q.tenant_id AND a.id = q.account_id
      GROUP BY q.tenant_id, q.account_id ORDER BY q.tenant_id, q.account_id LIMIT ${most}`),
  );
  return found.map((row) => ({ ...toOwner(row), isSuspended: Number(row.suspended) > 0 }));
}

interface OwnerRow {
  tenant_id: string;
  account_id: string | null;
}

function toOwner({ tenant_id, account_id }: OwnerRow): Owner {
  return { tenantId: tenant_id, accountId: account_id };
}
