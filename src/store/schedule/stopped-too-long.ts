// Finds messages that have become too old behind the open circuit breaker of their account.
import { type Owner, ownerKey } from '../../domain/owner.js';
import { breakerOfMessage } from '../accounts/breaker.js';
import type { Needs } from '../context.js';
import { sql } from '../db/sql.js';
import { rows } from '../db/transaction.js';
import { isWaiting } from '../messages/status-sql.js';
import { notSuspended } from '../tenants/suspend.js';

interface Stopped extends Owner {
  pk: string;
  revision: string;
  priority: number;
  /** Why the breaker is open. */
  reason: string;
}

/**
 * The age begins with the first attempt, or without one when the breaker opened over the message that was due: what only
 * waits for its time, a limit or a suspension does not grow old.
 */
export async function findStoppedTooLong(
  ctx: Needs<'db' | 'clock' | 'config' | 'secrets'>,
  most: number,
): Promise<Stopped[]> {
  const now = ctx.clock.now();
  const before = now - ctx.config.maxMessageAgeSeconds * 1000;
  const open = await ctx.db.read.breaker.findMany({
    where: { openUntil: { gt: now } },
    select: { tenantId: true, accountId: true, openedAt: true },
  });
  const found: Stopped[] = [];
  const owners = new Map(open.map((one) => [ownerKey({ ...one, accountId: one.accountId || null }), one]));
  for (const { tenantId, accountId } of owners.values()) {
    if (found.length >= most) break;
    const of = await ctx.db.query(
      rows<{ pk: string; revision: string; priority: number; reason: string }>(sql`
        SELECT pk, revision, priority, (SELECT b.reason FROM ${breakerOfMessage(ctx)}) AS reason FROM messages
        WHERE tenant_id = ${tenantId} AND COALESCE(account_id, '') = ${accountId} AND ${isWaiting('messages')}
          AND due_at <= ${now} AND ${notSuspended}
          AND EXISTS (SELECT 1 FROM ${breakerOfMessage(ctx)} AND b.open_until > ${now}
            AND COALESCE(first_attempt_at, CASE WHEN due_at > b.opened_at THEN due_at ELSE b.opened_at END)
              <= ${before})
        ORDER BY pk LIMIT ${most - found.length}`),
    );
    found.push(...of.map((one) => ({ ...one, tenantId, accountId: accountId || null })));
  }
  return found;
}
