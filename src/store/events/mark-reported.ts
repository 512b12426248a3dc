// Records that a tenant's application acknowledged events, and what it said about them.
import type { Needs } from '../context.js';
import type { Client } from '../db/open.js';
import { rowsOf } from '../db/sql.js';
import { Prisma } from '../generated/sqlite/client.js';
import { leaseEnds } from './report-lease.js';
import type { UnreportedEvent } from './unreported.js';

export interface Acknowledgement {
  /** After how many milliseconds its application is called, should there be nothing to tell. */
  callAfterMs: number;
  /** Until when it asked to be left alone; undefined: it named no time. */
  quietUntil: number | undefined;
  /** By the number of the event, what it said of the message: that it could not deal with it, or does not know it. */
  remarks: Map<number, 'error' | 'not_found'>;
  /** Whether there is nothing more to tell for now. */
  isLast: boolean;
}

/**
 * Marks events as acknowledged, and the messages whose last word they were.
 * @returns whether this process may go on telling the tenant: a claim that took too long may be another's by now
 */
export async function markReported(
  ctx: Needs<'db' | 'clock' | 'config' | 'processId'>,
  tenantId: string,
  events: UnreportedEvent[],
  said: Acknowledgement,
): Promise<boolean> {
  const now = ctx.clock.now();
  const time = Prisma.sql`CAST(${now} AS BIGINT)`;
  const ids = rowsOf(
    ctx.db.kind,
    { id: 'bigint', pk: 'text' },
    events.map((e) => ({ id: e.eventId, pk: e.messagePk })),
  );
  const claim = said.isLast
    ? Prisma.sql`report_lease_owner = NULL, report_lease_until = NULL`
    : Prisma.sql`report_lease_until = ${leaseEnds(ctx)}`;
  const times = Prisma.sql`last_sync_at = ${time}, next_call_at = ${time} + CAST(${said.callAfterMs} AS BIGINT),
    next_sync_after = CAST(${said.quietUntil ?? null} AS BIGINT)`;
  // The tenant first, as when one is deleted: two transactions that take the same rows must take them in the same order.
  const [lost] = await ctx.db.write<number[]>((client) => [
    client.$executeRaw`UPDATE tenants SET ${times}
      WHERE id = ${tenantId} AND (report_lease_owner IS NULL OR report_lease_owner <> ${ctx.processId})`,
    client.$executeRaw`UPDATE tenants SET ${times}, ${claim}
      WHERE id = ${tenantId} AND report_lease_owner = ${ctx.processId}`,
    ...(events.length === 0
      ? []
      : [
          client.$executeRaw`UPDATE events SET reported_at = ${time} WHERE id IN (SELECT j.id FROM ${ids})`,
          // After the events, for it asks what is left of them. OFFSET and COALESCE have PostgreSQL look that up for each
          // message by its key; without statistics it has chosen to join all that waits with all messages.
          client.$executeRaw`UPDATE messages SET reported_at = ${time} WHERE status IN ('sent', 'error') AND pk IN (
            SELECT j.pk FROM ${ids} WHERE NOT EXISTS (
              SELECT 1 FROM events e
              WHERE e.message_pk = j.pk AND COALESCE(e.reported_at, 0) = 0 AND e.type <> 'queued' LIMIT 1 OFFSET 0))`,
        ]),
    ...(said.remarks.size === 0 ? [] : [addRemarks(ctx, client, events, said.remarks)]),
  ]);
  return lost === 0;
}

/** What the application said of a message stands where people look for what became of it. */
function addRemarks(
  ctx: Needs<'db'>,
  client: Client,
  events: UnreportedEvent[],
  remarks: Acknowledgement['remarks'],
) {
  const rows = events
    .filter(({ eventId }) => remarks.has(eventId))
    .map(({ eventId, metadata }) => ({
      id: eventId,
      metadata: JSON.stringify({ ...metadata, client_answer: remarks.get(eventId) }),
    }));
  return client.$executeRaw`UPDATE events SET metadata = j.metadata
    FROM ${rowsOf(ctx.db.kind, { id: 'bigint', metadata: 'text' }, rows)} WHERE events.id = j.id`;
}
