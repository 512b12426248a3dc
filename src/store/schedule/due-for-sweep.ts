// Finds messages that are stored and due but may not be queued, a page and a statement at a time.
import type { Needs } from '../context.js';
import { rowsOf } from '../db/sql.js';
import { lockSuspensions, notSuspended } from '../tenants/suspend.js';
import { type OpenMessage, type OpenRow, openColumns, toOpen } from './open-message.js';
import { parked, parkedFrom, sweepByAge, sweepSoon } from './sweep-schedule.js';

/**
 * The next page of messages whose time for a look has come, and puts their next look off; what is suspended is put aside.
 * @param page.sweepAgainMs how long a message is left alone at least
 * @param look when each is looked at next; unless somebody else sees to what a process leaves that dies over them, it is
 *   soon, and `postponeByAge` is for when they are queued
 * @returns how many were looked at, and those of them that are not suspended
 */
export async function takeDueForSweep(
  ctx: Needs<'db' | 'clock'>,
  page: { size: number; sweepAgainMs: number },
  look = sweepSoon,
): Promise<{ looked: number; open: OpenMessage[] }> {
  const now = ctx.clock.now();
  const results = await ctx.db.write<unknown[]>((client) => [
    ...lockSuspensions(ctx, client, 'shared'),
    client.$queryRaw<OpenRow[]>`
      UPDATE messages
      SET next_sweep_at = CASE WHEN NOT (${notSuspended}) THEN ${parked} ELSE ${look(now, page.sweepAgainMs)} END
      WHERE pk IN (SELECT pk FROM messages
        WHERE next_sweep_at <= CAST(${now} AS BIGINT) AND status IN ('pending', 'deferred')
        ORDER BY next_sweep_at, pk LIMIT ${page.size})
        AND status IN ('pending', 'deferred')
      RETURNING ${openColumns}`,
  ]);
  const rows = results.at(-1) as OpenRow[];
  const open = rows
    .filter(({ next_sweep_at }) => Number(next_sweep_at) < parkedFrom)
    .map(toOpen)
    .sort((a, b) => (a.pk < b.pk ? -1 : 1));
  return { looked: rows.length, open };
}

/** For what was taken for a look and is queued: its next look may be late. Not where anything has changed since. */
export async function postponeByAge(
  ctx: Needs<'db' | 'clock'>,
  messages: OpenMessage[],
  sweepAgainMs: number,
): Promise<void> {
  if (messages.length === 0) return;
  const rows = rowsOf(
    ctx.db.kind,
    { k: 'text', at: 'bigint' },
    messages.map(({ pk, nextSweepAt }) => ({ k: pk, at: nextSweepAt })),
  );
  await ctx.db.write<[number]>((client) => [
    client.$executeRaw`
      UPDATE messages SET next_sweep_at = ${sweepByAge(ctx.clock.now(), sweepAgainMs)} FROM ${rows}
      WHERE messages.pk = j.k AND messages.next_sweep_at = j.at AND messages.status IN ('pending', 'deferred')`,
  ]);
}
