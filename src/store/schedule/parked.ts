// What is suspended is put aside when it is met, on no queue and not looked at any more; what is activated is given out
// again, a page and a statement at a time, in the order in which it is to leave.
import type { Needs } from '../../context.js';
import type { Activation } from './activations.js';
import { Prisma } from '../generated/sqlite/client.js';
import { aside, asideFrom } from './sweep-schedule.js';
import { notSuspended } from '../tenants/not-suspended.js';
import { rowsOf } from '../db/sql.js';
import { lockSuspensions } from '../tenants/suspend.js';
import { type OpenMessage, type OpenRow, openColumns, toOpen } from './due-for-sweep.js';

/**
 * For messages whose jobs are about to end because they are suspended. Under the lock: whoever activates them either
 * comes before, and they stay, or finds them put aside.
 * @returns for each whether it was still suspended
 */
export async function putAside(
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
      UPDATE messages SET check_at = ${aside} FROM ${rows}
      WHERE messages.pk = j.k AND messages.revision = j.rev AND messages.status IN ('pending', 'deferred')
        AND NOT (${notSuspended})
      RETURNING pk`,
  ]);
  const done = new Set((results.at(-1) as { pk: string }[]).map(({ pk }) => pk));
  return messages.map(({ pk }) => done.has(pk));
}

/** Up to where an activation has been given out. */
export interface Place {
  checkAt: number;
  pk: string;
}

/**
 * The next page of what is put aside and was activated.
 * @param page.firstLookMs when the sweep looks at it, should this process die over it
 * @param page.after undefined: from the beginning
 * @returns undefined as the place when there is no more
 */
export async function takeActivated(
  ctx: Needs<'db' | 'clock'>,
  { tenantId, batchCode }: Activation,
  page: { size: number; firstLookMs: number; after: Place | undefined },
): Promise<{ open: OpenMessage[]; place: Place | undefined }> {
  const after = page.after ?? { checkAt: asideFrom, pk: '' };
  // Not by the tenant's own index, from which each page would have to be sorted out anew.
  const ofTenant = tenantId === null ? Prisma.empty : Prisma.sql`AND messages.tenant_id || '' = ${tenantId}`;
  const ofBatch = batchCode === null ? Prisma.empty : Prisma.sql`AND messages.batch_code = ${batchCode}`;
  const [rows] = await ctx.db.write<[OpenRow[]]>((client) => [
    client.$queryRaw<OpenRow[]>`
      UPDATE messages SET check_at = CAST(${ctx.clock.now() + page.firstLookMs} AS BIGINT)
      WHERE pk IN (SELECT messages.pk FROM messages
        WHERE messages.check_at >= CAST(${after.checkAt} AS BIGINT)
          AND (messages.check_at, messages.pk) > (CAST(${after.checkAt} AS BIGINT), ${after.pk})
          ${ofTenant} ${ofBatch} AND ${notSuspended}
        ORDER BY messages.check_at, messages.pk LIMIT ${page.size})
        AND check_at >= CAST(${asideFrom} AS BIGINT)
      RETURNING ${openColumns}`,
  ]);
  const open = rows.map(toOpen).sort((a, b) => a.priority - b.priority || (a.pk < b.pk ? -1 : 1));
  const last = open.at(-1);
  const isLast = last === undefined || open.length < page.size;
  return { open, place: isLast ? undefined : { checkAt: asideFrom + last.priority, pk: last.pk } };
}
