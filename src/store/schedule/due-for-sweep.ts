// Finds messages that are stored and due but may not be queued, a page and a statement at a time.

import type { Needs } from '../context.js';
import { empty, sql } from '../db/sql.js';
import { rowsOf } from '../db/sql-parts.js';
import { rows, run } from '../db/transaction.js';
import { isWaiting } from '../messages/status-sql.js';
import { notSuspended, suspensionLock } from '../tenants/suspend.js';
import { type OpenMessage, type OpenRow, openColumns, toOpen } from './open-message.js';
import { parked, parkedFrom, sweepByAge, sweepSoon } from './sweep-schedule.js';

/**
 * Takes the next page of messages that are due for the sweep and sets their next sweep. Suspended messages are parked.
 * @param page.sweepAgainMs the shortest time until the next sweep of a message
 * @param nextSweep default: soon, so that messages are swept again if this process dies before it queues them. Call
 *   `postponeByAge` once they are queued.
 * @param tenantId only messages of this tenant; default: of all
 * @returns how many messages were due, and those of them that are not suspended
 */
export async function takeDueForSweep(
  ctx: Needs<'db' | 'clock'>,
  page: { size: number; sweepAgainMs: number },
  nextSweep = sweepSoon,
  tenantId?: string,
): Promise<{ found: number; open: OpenMessage[] }> {
  const now = ctx.clock.now();
  // The expression keeps the database from the tenant's own index, which is not in this order.
  const ofTenant = tenantId === undefined ? empty : sql`AND messages.tenant_id || '' = ${tenantId}`;
  const { due } = await ctx.db.transaction({
    lock: run(suspensionLock('shared')),
    due: rows<OpenRow>(sql`
      UPDATE messages
      SET next_sweep_at = CASE WHEN NOT (${notSuspended}) THEN ${parked} ELSE ${nextSweep(now, page.sweepAgainMs)} END
      WHERE pk IN (SELECT pk FROM messages
        WHERE next_sweep_at <= ${now} AND ${isWaiting('messages')} ${ofTenant}
        ORDER BY next_sweep_at, pk LIMIT ${page.size})
        AND ${isWaiting('messages')}
      RETURNING ${openColumns}`),
  });
  const open = due
    .filter(({ next_sweep_at }) => Number(next_sweep_at) < parkedFrom)
    .map(toOpen)
    .sort((a, b) => (a.pk < b.pk ? -1 : 1));
  return { found: due.length, open };
}

/** Postpones the next sweep of messages that are queued by now, except where a message has changed since it was taken. */
export async function postponeByAge(
  ctx: Needs<'db' | 'clock'>,
  messages: OpenMessage[],
  sweepAgainMs: number,
): Promise<void> {
  if (messages.length === 0) return;
  const taken = rowsOf(
    { k: 'text', at: 'bigint' },
    messages.map(({ pk, nextSweepAt }) => ({ k: pk, at: nextSweepAt })),
  );
  await ctx.db.transaction({
    postponed: run(sql`
      UPDATE messages SET next_sweep_at = ${sweepByAge(ctx.clock.now(), sweepAgainMs)} FROM ${taken}
      WHERE messages.pk = j.k AND messages.next_sweep_at = j.at AND ${isWaiting('messages')}`),
  });
}
