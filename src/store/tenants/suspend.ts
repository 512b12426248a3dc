// Suspends and activates the sending of a tenant, of one batch or account of a tenant, or of everything. What becomes of the
// suspended messages stands in store/schedule/park-suspended.ts.

import type { Needs } from '../context.js';
import { empty, type Sql, sql } from '../db/sql.js';
import { advisoryLock } from '../db/sql-parts.js';
import { run } from '../db/transaction.js';
import { addActivation } from '../schedule/activations.js';

/** The batch code that stands for all batches of a tenant. */
export const allBatches = '*';

/** A condition on a row of `messages`: its tenant is active, and neither everything, nor its tenant, batch or account is suspended. */
export const notSuspended = sql`
  NOT EXISTS (SELECT 1 FROM instance i WHERE i.active = false)
  AND NOT EXISTS (SELECT 1 FROM tenants t WHERE t.id = messages.tenant_id AND t.active = false)
  AND NOT EXISTS (SELECT 1 FROM suspensions s
    WHERE s.tenant_id = messages.tenant_id AND (s.batch_code = ${allBatches} OR s.batch_code = messages.batch_code))
  AND NOT EXISTS (SELECT 1 FROM accounts sa
    WHERE sa.tenant_id = messages.tenant_id AND sa.id = messages.account_id AND sa.suspended_at IS NOT NULL)`;

/** The key of the advisory lock between claims and changes of suspensions: "mailstop" in ASCII. */
const lockNumber = 7881692268099465072n;

/**
 * The first statement of a transaction that claims or parks messages (`shared`), or that suspends or activates some
 * (`alone`). Once a suspension commits, no claim is in flight that has not seen it. SQLite needs no lock, because it runs
 * one writing transaction at a time.
 */
export function suspensionLock(mode: 'shared' | 'alone'): Sql {
  return advisoryLock(lockNumber, mode);
}

/** The suspended batches of a tenant, or `*` alone; undefined when there is no such tenant. */
export async function suspendedBatches(ctx: Needs<'db'>, tenantId: string): Promise<string[] | undefined> {
  const tenant = await ctx.db.read.tenant.findUnique({
    where: { id: tenantId, deletedAt: null },
    select: { suspensions: { orderBy: { batchCode: 'asc' } } },
  });
  const codes = tenant?.suspensions.map(({ batchCode }) => batchCode);
  return codes?.includes(allBatches) ? [allBatches] : codes;
}

/** Once this resolves, no process begins to send a message of the tenant, or of the batch. */
export async function suspend(
  ctx: Needs<'db' | 'clock'>,
  tenantId: string,
  batchCode: string,
): Promise<void> {
  await ctx.db.transaction({
    lock: run(suspensionLock('alone')),
    suspended: run(sql`INSERT INTO suspensions (tenant_id, batch_code, created_at)
      SELECT t.id, ${batchCode}, ${ctx.clock.now()} FROM tenants t WHERE t.id = ${tenantId}
      ON CONFLICT (tenant_id, batch_code) DO NOTHING`),
  });
}

/** Lets the messages of the tenant, or of one batch, be sent again. The next sweep queues them. */
export async function activate(ctx: Needs<'db'>, tenantId: string, batchCode: string): Promise<void> {
  const isWhole = batchCode === allBatches;
  await ctx.db.transaction({
    lock: run(suspensionLock('alone')),
    lifted: run(sql`DELETE FROM suspensions
      WHERE tenant_id = ${tenantId}
        AND EXISTS (SELECT 1 FROM tenants t WHERE t.id = ${tenantId} AND t.deleted_at IS NULL) ${isWhole ? empty : sql`AND batch_code = ${batchCode}`}`),
    ...addActivation({ tenantId, batchCode: isWhole ? null : batchCode }),
  });
}

/** Once this resolves, no process begins to send a message of the account. @returns false: there is no such account */
export async function suspendAccount(
  ctx: Needs<'db' | 'clock'>,
  tenantId: string,
  accountId: string,
): Promise<boolean> {
  const { suspended } = await ctx.db.transaction({
    lock: run(suspensionLock('alone')),
    suspended: run(sql`UPDATE accounts SET suspended_at = COALESCE(suspended_at, ${ctx.clock.now()})
      WHERE tenant_id = ${tenantId} AND id = ${accountId}`),
  });
  return suspended > 0;
}

/** Lets its messages be sent again. The next sweep queues those that were parked. @returns as `suspendAccount` */
export async function activateAccount(
  ctx: Needs<'db'>,
  tenantId: string,
  accountId: string,
): Promise<boolean> {
  const { lifted } = await ctx.db.transaction({
    lock: run(suspensionLock('alone')),
    lifted: run(
      sql`UPDATE accounts SET suspended_at = NULL WHERE tenant_id = ${tenantId} AND id = ${accountId}`,
    ),
    // Of the tenant's parked messages it queues those that nothing suspends any more.
    ...addActivation({ tenantId, batchCode: null }),
  });
  return lifted > 0;
}

/** What the log and /ready say while sending as a whole is stopped. */
export const schedulerStopped = 'All sending is stopped; POST /commands/activate?all=true starts it';

/** Whether sending as a whole is active. */
export async function isActive(ctx: Needs<'db'>): Promise<boolean> {
  return (await ctx.db.read.instance.findUnique({ where: { id: 1 } }))?.active ?? false;
}

/** Suspends or activates all sending, in every process. The next sweep queues messages that were suspended. */
export async function setActive(ctx: Needs<'db'>, active: boolean): Promise<void> {
  await ctx.db.transaction({
    lock: run(suspensionLock('alone')),
    changed: run(sql`UPDATE instance SET active = ${active} WHERE id = 1`),
    ...(active && addActivation({ tenantId: null, batchCode: null })),
  });
}
