// Reads the events of a tenant from a cursor on. A reader misses no event and sees none twice, however many processes write.

import type { Needs } from '../context.js';
import { cutAtBytes, type Hold, holdNothing } from '../db/cut-at-bytes.js';
import { sql } from '../db/sql.js';
import { listOf } from '../db/sql-parts.js';
import { rows } from '../db/transaction.js';
import { findSettled } from './settled-events.js';
import { eventBytes, type ShownEvent, showEvent } from './show-event.js';
import type { EventRow } from './unreported.js';

export interface LogFilter {
  /** The event after which the page begins; 0: the beginning. */
  after: number;
  limit: number;
  /** Undefined: all types but `queued`. */
  types: string[] | undefined;
}

interface LogPage {
  events: (ShownEvent & { id: string; pk: string })[];
  /** The `after` of the next page. It moves on even when this page is empty. */
  next: number;
  /** Whether the next page has something to read already. */
  more: boolean;
}

interface LoggedRow extends EventRow {
  reported_at: bigint | null;
}

/** The most events that one page reads, however few of them are of the wanted types. */
const mostRead = 5000;

/** @param hold is awaited before as many bytes are read */
export async function readEventLog(
  ctx: Needs<'db'>,
  tenantId: string,
  { after, limit, types }: LogFilter,
  hold: Hold = holdNothing,
): Promise<LogPage> {
  const settled = await findSettled(ctx);
  const [stretch] = await ctx.db.query(
    rows<{ n: bigint | number; last: bigint | number | null }>(sql`
      SELECT COUNT(*) AS n, MAX(id) AS last FROM (
        SELECT id FROM events WHERE tenant_id = ${tenantId} AND id > ${after} AND id <= ${settled}
        ORDER BY id LIMIT ${mostRead}) AS s`),
  );
  const cut = Number(stretch?.n ?? 0) === mostRead;
  const end = cut ? Number(stretch?.last) : Math.max(after, settled);
  if (stretch?.last == null) return { events: [], next: end, more: false };
  const wanted = types === undefined ? sql`type <> 'queued'` : sql`type IN ${listOf(types)}`;
  const onPage = sql`tenant_id = ${tenantId} AND id > ${after} AND id <= ${end} AND ${wanted} ORDER BY id`;
  const sizes = await ctx.db.query(
    rows<{ bytes: number | bigint }>(
      sql`SELECT ${eventBytes} AS bytes FROM events WHERE ${onPage} LIMIT ${limit + 1}`,
    ),
  );
  const page = cutAtBytes(sizes.slice(0, limit));
  await hold(page.bytes);
  const found = await ctx.db.query(
    rows<LoggedRow>(sql`
      SELECT id, message_pk, message_id, type, at, description, metadata, reported_at FROM events
      WHERE ${onPage} LIMIT ${page.count}`),
  );
  const full = page.count < sizes.length;
  const events = found.map((row) => ({
    ...showEvent({ ...row, reportedAt: row.reported_at }),
    id: row.message_id,
    pk: row.message_pk,
  }));
  return { events, next: full ? (events.at(-1)?.event_id ?? after) : end, more: full || cut };
}
