// Events of messages: what is still to be reported, and that it was.
import { toUnixSeconds } from '../clock.js';
import type { Needs } from '../context.js';
import { rowsOf } from './sql.js';

export interface UnreportedEvent {
  eventId: number;
  messagePk: string;
  messageId: string;
  type: string;
  at: number;
  description: string | null;
  metadata: Record<string, unknown>;
}

interface EventRow {
  id: bigint;
  message_pk: string;
  message_id: string;
  type: string;
  at: bigint;
  description: string | null;
  metadata: string | null;
}

/** The oldest events of a tenant that its application has not acknowledged, in order. */
export async function findUnreported(
  ctx: Needs<'db'>,
  tenantId: string,
  limit: number,
): Promise<UnreportedEvent[]> {
  const rows = await ctx.db.read.$queryRaw<EventRow[]>`
    SELECT id, message_pk, message_id, type, at, description, metadata FROM events
    WHERE tenant_id = ${tenantId} AND reported_at IS NULL AND type <> 'queued' ORDER BY id LIMIT ${limit}`;
  return rows.map((row) => ({
    eventId: Number(row.id),
    messagePk: row.message_pk,
    messageId: row.message_id,
    type: row.type,
    at: Number(row.at),
    description: row.description,
    metadata: parseMetadata(row.metadata),
  }));
}

/**
 * Marks events as acknowledged, and the messages whose last word they were.
 * @param nextSyncAfter milliseconds since the epoch, as the application answered; undefined: it named no time
 */
export async function markReported(
  ctx: Needs<'db' | 'clock'>,
  tenantId: string,
  events: UnreportedEvent[],
  nextSyncAfter: number | undefined,
): Promise<void> {
  const now = ctx.clock.now();
  const ids = rowsOf(
    ctx.db.kind,
    { id: 'bigint', pk: 'text' },
    events.map((e) => ({ id: e.eventId, pk: e.messagePk })),
  );
  // The tenant first, as when one is deleted: two transactions that take the same rows must take them in the same order.
  await ctx.db.write((client) => [
    client.tenant.updateMany({
      where: { id: tenantId },
      data: { lastSyncAt: now, nextSyncAfter: nextSyncAfter ?? null },
    }),
    client.$executeRaw`UPDATE events SET reported_at = CAST(${now} AS BIGINT) WHERE id IN (SELECT j.id FROM ${ids})`,
    client.$executeRaw`
        UPDATE messages SET reported_at = CAST(${now} AS BIGINT)
        WHERE pk IN (SELECT j.pk FROM ${ids}) AND status IN ('sent', 'error')`,
  ]);
}

/** Tenants with something to report. */
export async function findTenantsToReport(ctx: Needs<'db'>): Promise<string[]> {
  const rows = await ctx.db.read.$queryRaw<{ id: string }[]>`
    SELECT t.id AS id FROM tenants t
    WHERE t.client_base_url IS NOT NULL AND EXISTS (
      SELECT 1 FROM events e WHERE e.tenant_id = t.id AND e.reported_at IS NULL AND e.type <> 'queued')`;
  return rows.map(({ id }) => id);
}

export interface ShownEvent {
  event_id: number;
  event_type: string;
  event_ts: number;
  description?: string;
  metadata?: Record<string, unknown>;
  reported_ts?: number;
}

interface StoredEvent {
  id: bigint;
  type: string;
  at: bigint;
  description: string | null;
  metadata: string | null;
  reportedAt: bigint | null;
}

/** An event as contract section 5 shows it. */
export function showEvent(event: StoredEvent): ShownEvent {
  return {
    event_id: Number(event.id),
    event_type: event.type,
    event_ts: toUnixSeconds(Number(event.at)),
    ...(event.description !== null && { description: event.description }),
    ...(event.metadata !== null && { metadata: parseMetadata(event.metadata) }),
    ...(event.reportedAt !== null && { reported_ts: toUnixSeconds(Number(event.reportedAt)) }),
  };
}

function parseMetadata(text: string | null): Record<string, unknown> {
  return text === null ? {} : (JSON.parse(text) as Record<string, unknown>);
}
