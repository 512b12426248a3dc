// What is suspended is put aside when it is met, on no queue and not looked at any more; what is activated is given out
// again, a page and a statement at a time, in the order in which it is to leave.
import type { Needs } from '../context.js';
import { rowsOf } from '../db/sql.js';
import { Prisma } from '../generated/sqlite/client.js';
import { lockSuspensions, notSuspended } from '../tenants/suspend.js';
import type { Activation } from './activations.js';
import { type OpenMessage, type OpenRow, openColumns, toOpen } from './open-message.js';
import { parked, parkedFrom } from './sweep-schedule.js';

/**
 * For messages whose jobs are about to end because they are suspended. Under the lock: whoever activates them either
 * comes before, and they stay, or finds them put aside.
 * @returns for each whether it was still suspended
 */
export async function park(
  ctx: Needs<'db'>,
  messages: { pk: string; revision: string }[],
): Promise<boolean[]> {
  const rows = rowsOf(
    ctx.db.kind,
    { k: 'text', rev: 'text' },
    messages.map(({ pk, revision }) => ({ k: pk, rev: revision })),
  );
  const results = await ctx.db.write<unknown[]>((client) => [
    ...lockSuspensions(ctx, client, 'shared'),
    client.$queryRaw<{ pk: string }[]>`
      UPDATE messages SET next_sweep_at = ${parked} FROM ${rows}
      WHERE messages.pk = j.k AND messages.revision = j.rev AND messages.status IN ('pending', 'deferred')
        AND NOT (${notSuspended})
      RETURNING pk`,
  ]);
  const done = new Set((results.at(-1) as { pk: string }[]).map(({ pk }) => pk));
  return messages.map(({ pk }) => done.has(pk));
}

/** Up to where an activation has been given out. */
export interface Place {
  nextSweepAt: number;
  pk: string;
}

/**
 * The next page of what is put aside and was activated.
 * @param page.sweepAgainMs when the sweep looks at it, should this process die over it
 * @param page.after undefined: from the beginning
 * @returns undefined as the place when there is no more
 */
export async function takeActivated(
  ctx: Needs<'db' | 'clock'>,
  { tenantId, batchCode }: Activation,
  page: { size: number; sweepAgainMs: number; after: Place | undefined },
): Promise<{ open: OpenMessage[]; place: Place | undefined }> {
  const after = page.after ?? { nextSweepAt: parkedFrom, pk: '' };
  // Not by the tenant's own index, from which each page would have to be sorted out anew.
  const ofTenant = tenantId === null ? Prisma.empty : Prisma.sql`AND messages.tenant_id || '' = ${tenantId}`;
  const ofBatch = batchCode === null ? Prisma.empty : Prisma.sql`AND messages.batch_code = ${batchCode}`;
  const [rows] = await ctx.db.write<[OpenRow[]]>((client) => [
    client.$queryRaw<OpenRow[]>`
      UPDATE messages SET next_sweep_at = CAST(${ctx.clock.now() + page.sweepAgainMs} AS BIGINT)
      WHERE pk IN (SELECT messages.pk FROM messages
        WHERE messages.next_sweep_at >= CAST(${after.nextSweepAt} AS BIGINT)
          AND (messages.next_sweep_at, messages.pk) > (CAST(${after.nextSweepAt} AS BIGINT), ${after.pk})
          ${ofTenant} ${ofBatch} AND ${notSuspended}
        ORDER BY messages.next_sweep_at, messages.pk LIMIT ${page.size})
        AND next_sweep_at >= CAST(${parkedFrom} AS BIGINT)
      RETURNING ${openColumns}`,
  ]);
  const open = rows.map(toOpen).sort((a, b) => a.priority - b.priority || (a.pk < b.pk ? -1 : 1));
  const last = open.at(-1);
  const isLast = last === undefined || open.length < page.size;
  return { open, place: isLast ? undefined : { nextSweepAt: parkedFrom + last.priority, pk: last.pk } };
}
