// The statements that change a page of messages: retried, given another priority, or cancelled.
import { type BulkAction, cancelled } from '../../domain/bulk-change.js';
import { waitingStatuses } from '../../domain/status.js';
import type { Needs } from '../context.js';
import { empty, sql } from '../db/sql.js';
import { forUpdateOf, rowsOf, text } from '../db/sql-parts.js';
import { rows } from '../db/transaction.js';
import { appendEvents } from '../events/append.js';
import { rejectUnsent } from '../messages/mark-waiting.js';
import { hasStatus } from '../messages/status-sql.js';
import { markRetried, type Transition } from '../messages/transitions.js';
import { type OpenMessage, type OpenRow, openColumns, toOpen } from '../schedule/open-message.js';
import { unlessParked } from '../schedule/sweep-schedule.js';

/** Messages that were changed and wait, and messages that were given up, with what they became. */
interface Changed {
  open: OpenMessage[];
  ended: (Pick<OpenMessage, 'tenantId' | 'accountId' | 'revision' | 'attempts'> & {
    status: 'sent' | 'error';
  })[];
}

interface Change {
  action: BulkAction;
  priority: number | null;
}

/** A message whose status does not allow the change, such as one that is being sent at this moment, is left alone. */
export async function changeMessages(
  ctx: Needs<'db' | 'clock'>,
  { action, priority }: Change,
  pks: string[],
): Promise<Changed> {
  if (pks.length === 0) return { open: [], ended: [] };
  if (action === 'cancel') return { open: [], ended: await cancel(ctx, pks) };
  const now = ctx.clock.now();
  const isRetry = action === 'retry';
  const { set, from } = isRetry ? markRetried(now) : markPrioritized(priority ?? 2, now);
  const table = rowsOf(
    { k: 'text' },
    pks.map((k) => ({ k })),
  );
  // A message that was rejected when it was handed in has no content.
  const content = isRetry
    ? sql`AND EXISTS (SELECT 1 FROM message_contents c WHERE c.message_pk = m.pk)`
    : empty;
  const isMeant = sql`m.pk = j.k AND ${from} ${content}`;
  const { open } = await ctx.db.transaction({
    events: isRetry
      ? appendEvents({
          type: sql`'queued'`,
          at: sql`${now}`,
          metadata: text('{"retried":true}'),
          from: sql`${table} JOIN messages m ON ${isMeant} ${forUpdateOf('m')}`,
        })
      : undefined,
    open: rows<OpenRow>(
      sql`UPDATE messages AS m SET ${set} FROM ${table} WHERE ${isMeant} RETURNING ${openColumns}`,
    ),
  });
  return { open: open.map(toOpen), ended: [] };
}

async function cancel(ctx: Needs<'db' | 'clock'>, pks: string[]): Promise<Changed['ended']> {
  const found = await ctx.db.read.message.findMany({
    where: { pk: { in: pks } },
    select: { pk: true, tenantId: true, accountId: true, revision: true, attempts: true },
  });
  const metadata = { cancelled: true };
  const statuses = await rejectUnsent(
    ctx,
    found.map(({ pk, revision }) => ({ pk, revision, error: cancelled, metadata })),
  );
  return found.flatMap((message, i) => {
    const status = statuses[i];
    return status === undefined ? [] : [{ ...message, status }];
  });
}

/** The waiting message `m` gets another priority. */
function markPrioritized(priority: number, now: number): Transition {
  return {
    set: sql`priority = ${priority}, next_sweep_at = ${unlessParked(now, sql`${priority}`)}, updated_at = ${now}`,
    from: sql`${hasStatus('m', waitingStatuses)} AND m.priority <> ${priority}`,
  };
}
