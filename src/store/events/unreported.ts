// Finds the events that are still to be reported, and the tenants that have such events.

import type { Needs } from '../context.js';
import { cutAtBytes } from '../db/cut-at-bytes.js';
import { empty, sql } from '../db/sql.js';
import { rows } from '../db/transaction.js';
import { type EndpointRow, endpointOf } from './report-target.js';
import { eventBytes, parseMetadata } from './show-event.js';

export interface UnreportedEvent {
  eventId: number;
  messagePk: string;
  messageId: string;
  type: string;
  at: number;
  description: string | null;
  metadata: Record<string, unknown>;
}

export interface EventRow {
  id: bigint | number;
  message_pk: string;
  message_id: string;
  type: string;
  at: bigint;
  description: string | null;
  metadata: string | null;
}

/** The most bytes of one report, unless a single event has more. */
const mostReportBytes = 1024 * 1024;

/** @returns how many events the next report takes, how many bytes these have, and whether there are more */
export async function measureUnreported(
  ctx: Needs<'db'>,
  tenantId: string,
  limit: number,
): Promise<{ count: number; bytes: number; more: boolean }> {
  const found = await ctx.db.query(
    rows<{ bytes: number | bigint }>(sql`
      SELECT ${eventBytes} AS bytes FROM events
      WHERE tenant_id = ${tenantId} AND reported_at IS NULL AND type <> 'queued' ORDER BY id LIMIT ${limit}`),
  );
  const { count, bytes } = cutAtBytes(found, mostReportBytes);
  return { count, bytes, more: count < found.length || found.length === limit };
}

/** The oldest events of a tenant that its application has not acknowledged, in the order of their ids. */
export async function findUnreported(
  ctx: Needs<'db'>,
  tenantId: string,
  limit: number,
): Promise<UnreportedEvent[]> {
  const found = await ctx.db.query(
    rows<EventRow>(sql`
      SELECT id, message_pk, message_id, type, at, description, metadata FROM events
      WHERE tenant_id = ${tenantId} AND reported_at IS NULL AND type <> 'queued' ORDER BY id LIMIT ${limit}`),
  );
  return found.map((row) => ({
    eventId: Number(row.id),
    messagePk: row.message_pk,
    messageId: row.message_id,
    type: row.type,
    at: Number(row.at),
    description: row.description,
    metadata: parseMetadata(row.metadata),
  }));
}

/** The tenants that have events to report and an endpoint, or a report handler, to report them to. */
export async function findTenantsToReport(ctx: Needs<'db' | 'config'>): Promise<string[]> {
  const { reportHandler, clientSyncUrl } = ctx.config;
  const hasEndpoint =
    reportHandler !== undefined || clientSyncUrl !== undefined
      ? empty
      : sql`t.client_base_url IS NOT NULL AND`;
  const found = await ctx.db.query(
    rows<EndpointRow & { id: string }>(sql`
      SELECT t.id AS id, t.client_base_url AS "clientBaseUrl", t.client_sync_path AS "clientSyncPath",
        t.sync_gone_url AS "syncGoneUrl"
      FROM tenants t
      WHERE t.deleted_at IS NULL AND ${hasEndpoint} EXISTS (
        SELECT 1 FROM events e WHERE e.tenant_id = t.id AND e.reported_at IS NULL AND e.type <> 'queued')`),
  );
  return found
    .filter((row) => reportHandler !== undefined || endpointOf(ctx, row) !== undefined)
    .map(({ id }) => id);
}
