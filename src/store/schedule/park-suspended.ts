// Parks suspended messages, so that they are on no queue and the sweep ignores them. Takes them back after activation, a
// page and a statement at a time, in the order in which they are to be sent.

import type { Needs } from '../context.js';
import { batched } from '../db/per-database.js';
import { empty, sql } from '../db/sql.js';
import { rowsOf } from '../db/sql-parts.js';
import { rows, run } from '../db/transaction.js';
import { isWaiting } from '../messages/status-sql.js';
import { notSuspended, suspensionLock } from '../tenants/suspend.js';
import type { Activation } from './activations.js';
import { type OpenMessage, type OpenRow, openColumns, toOpen } from './open-message.js';
import { parked, parkedFrom } from './sweep-schedule.js';

/**
 * Parks messages whose jobs are about to end because they are suspended. The lock orders this against an activation: one
 * that comes first keeps the messages on their queues, and one that comes second finds them parked.
 * @returns for each message whether it was still suspended
 */
export async function park(
  ctx: Needs<'db'>,
  messages: { pk: string; revision: string }[],
): Promise<boolean[]> {
  const named = rowsOf(
    { k: 'text', rev: 'text' },
    messages.map(({ pk, revision }) => ({ k: pk, rev: revision })),
  );
  const { parkedRows } = await ctx.db.transaction({
    lock: run(suspensionLock('shared')),
    parkedRows: rows<{ pk: string }>(sql`
      UPDATE messages SET next_sweep_at = ${parked} FROM ${named}
      WHERE messages.pk = j.k AND messages.revision = j.rev AND ${isWaiting('messages')}
        AND NOT (${notSuspended})
      RETURNING pk`),
  });
  const done = new Set(parkedRows.map(({ pk }) => pk));
  return messages.map(({ pk }) => done.has(pk));
}

/** The last message that was taken for an activation. */
export interface ActivationCursor {
  nextSweepAt: number;
  pk: string;
}

/**
 * Takes the next page of parked messages that were activated.
 * @param page.sweepAgainMs the time until the sweep checks them, in case this process dies before it queues them
 * @param page.after undefined: from the beginning
 * @returns no cursor after the last page
 */
export async function takeActivated(
  ctx: Needs<'db' | 'clock'>,
  { tenantId, batchCode }: Activation,
  page: { size: number; sweepAgainMs: number; after: ActivationCursor | undefined },
): Promise<{ open: OpenMessage[]; cursor: ActivationCursor | undefined }> {
  const after = page.after ?? { nextSweepAt: parkedFrom, pk: '' };
  // The expression keeps the database from the tenant's own index, which would have to be sorted anew for each page.
  const ofTenant = tenantId === null ? empty : sql`AND messages.tenant_id || '' = ${tenantId}`;
  const ofBatch = batchCode === null ? empty : sql`AND messages.batch_code = ${batchCode}`;
  const { taken } = await ctx.db.transaction({
    taken: rows<OpenRow>(sql`
      UPDATE messages SET next_sweep_at = ${ctx.clock.now() + page.sweepAgainMs}
      WHERE pk IN (SELECT messages.pk FROM messages
        WHERE messages.next_sweep_at >= ${after.nextSweepAt}
          AND (messages.next_sweep_at, messages.pk) > (${after.nextSweepAt}, ${after.pk})
          ${ofTenant} ${ofBatch} AND ${notSuspended}
        ORDER BY messages.next_sweep_at, messages.pk LIMIT ${page.size})
        AND next_sweep_at >= ${parkedFrom}
      RETURNING ${openColumns}`),
  });
  const open = taken.map(toOpen).sort((a, b) => a.priority - b.priority || (a.pk < b.pk ? -1 : 1));
  const last = open.at(-1);
  const isLast = last === undefined || open.length < page.size;
  return { open, cursor: isLast ? undefined : { nextSweepAt: parkedFrom + last.priority, pk: last.pk } };
}

/** As `park` for one message. */
export const parkBatched = batched(
  (ctx: Needs<'db' | 'clock'>, messages: { pk: string; revision: string }[]) => park(ctx, messages),
);
