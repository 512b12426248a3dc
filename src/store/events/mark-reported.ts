// Records that a tenant's application acknowledged events, and its remarks about them.

import { packMetadata } from '../../domain/recipient-list.js';
import type { Needs } from '../context.js';
import { type Sql, sql } from '../db/sql.js';
import { rowsOf } from '../db/sql-parts.js';
import { run } from '../db/transaction.js';
import { leaseEnds } from './report-lease.js';
import type { UnreportedEvent } from './unreported.js';

interface Acknowledgement {
  /** The time until the next call without events, in milliseconds. */
  callAfterMs: number;
  /** The end of the quiet time the application asked for, in milliseconds since the epoch; undefined: none. */
  quietUntil: number | undefined;
  /** By event id: the application could not process the event, or does not know its message. */
  remarks: Map<number, 'error' | 'not_found'>;
  /** Whether there is nothing more to report for now, so that the lease ends. */
  isLast: boolean;
}

/**
 * Marks the events as acknowledged, and each message that has no event left to report. Also renews or releases the lease.
 * @returns false when the lease took too long and is lost, so that another process may be reporting by now
 */
export async function markReported(
  ctx: Needs<'db' | 'clock' | 'config' | 'processId'>,
  tenantId: string,
  events: UnreportedEvent[],
  acknowledged: Acknowledgement,
): Promise<boolean> {
  const now = ctx.clock.now();
  const ids = rowsOf(
    { id: 'bigint', pk: 'text' },
    events.map((e) => ({ id: e.eventId, pk: e.messagePk })),
  );
  const lease = acknowledged.isLast
    ? sql`report_lease_owner = NULL, report_lease_until = NULL`
    : sql`report_lease_until = ${leaseEnds(ctx)}`;
  const times = sql`last_sync_at = ${now}, next_call_at = ${now} + ${acknowledged.callAfterMs},
    next_sync_after = ${acknowledged.quietUntil ?? null}, report_fault = NULL, report_refusal = NULL, report_refused_at = NULL`;
  // The tenant's row comes first, as in its deletion: transactions that lock the same rows must lock them in one order.
  const { lost } = await ctx.db.transaction({
    lost: run(sql`UPDATE tenants SET ${times}
      WHERE id = ${tenantId} AND (report_lease_owner IS NULL OR report_lease_owner <> ${ctx.processId})`),
    held: run(sql`UPDATE tenants SET ${times}, ${lease}
      WHERE id = ${tenantId} AND report_lease_owner = ${ctx.processId}`),
    ...(events.length > 0 && {
      events: run(sql`UPDATE events SET reported_at = ${now} WHERE id IN (SELECT j.id FROM ${ids})`),
      // After the events, because it counts the unreported events left. OFFSET and COALESCE make PostgreSQL look them up
      // for each message by key; without statistics it has joined all unreported events with all messages.
      messages: run(sql`
        UPDATE messages SET reported_at = ${now} WHERE status IN ('sent', 'error') AND pk IN (
          SELECT j.pk FROM ${ids} WHERE NOT EXISTS (
            SELECT 1 FROM events e
            WHERE e.message_pk = j.pk AND COALESCE(e.reported_at, 0) = 0 AND e.type <> 'queued' LIMIT 1 OFFSET 0))`),
    }),
    ...(acknowledged.remarks.size > 0 && { remarks: run(remarksSql(events, acknowledged.remarks)) }),
  });
  return lost === 0;
}

/** Notes the application's remarks in the events themselves, because people read the events of a message. */
function remarksSql(events: UnreportedEvent[], remarks: Acknowledgement['remarks']): Sql {
  const remarked = events
    .filter(({ eventId }) => remarks.has(eventId))
    .map(({ eventId, metadata }) => ({
      id: eventId,
      metadata: JSON.stringify({ ...packMetadata(metadata), client_answer: remarks.get(eventId) }),
    }));
  return sql`UPDATE events SET metadata = j.metadata
    FROM ${rowsOf({ id: 'bigint', metadata: 'text' }, remarked)} WHERE events.id = j.id`;
}
