// Messages as a client sees them (contract section 5): a page of them, or one, and what happened to them.
import { isoSeconds, toUnixSeconds } from '../../clock.js';
import { type Status, type StoredMessage, shownStatus } from '../../domain/message.js';
import type { Needs } from '../context.js';
import type { Db } from '../db/open.js';
import { rowsOf } from '../db/sql.js';
import { withoutNulls } from '../db/without-nulls.js';
import { type ShownEvent, showEvent } from '../events/unreported.js';
import { Prisma } from '../generated/sqlite/client.js';
import { findPage, fits, type MessageFilter } from './page.js';
import { showRecipients } from './show-recipients.js';

export interface MessagePage {
  messages: Record<string, unknown>[];
  nextCursor: string | undefined;
}

interface MessageRow {
  pk: string;
  id: string;
  tenant_id: string;
  tenant_name: string | null;
  account_id: string | null;
  priority: number;
  batch_code: string | null;
  status: Status;
  due_at: bigint;
  blocked_until: bigint | null;
  sent_at: bigint | null;
  error_at: bigint | null;
  error: string | null;
  smtp_code: number | null;
  recipients: string | null;
  retry_count: number;
  reported_at: bigint | null;
  created_at: bigint;
  updated_at: bigint;
  payload: string | null;
}

interface EventRow {
  message_pk: string;
  id: bigint;
  type: string;
  at: bigint;
  description: string | null;
  metadata: string | null;
  reportedAt: bigint | null;
}

/** Two statements, with history three, however long the page. */
export async function listMessages(
  ctx: Needs<'db' | 'clock'>,
  tenantId: string,
  filter: MessageFilter & { includeHistory: boolean },
): Promise<MessagePage> {
  const { pks, nextCursor } = await findPage(ctx, tenantId, filter);
  if (pks.length === 0) return { messages: [], nextCursor };
  const named = rowsOf(
    ctx.db.kind,
    { pk: 'text' },
    pks.map((pk) => ({ pk })),
  );
  const rows = await findRows(ctx, ofEach(ctx.db, named, 'messages', 'pk'));
  const histories = filter.includeHistory ? await findHistories(ctx, named) : undefined;
  const messages = rows
    // Between the statements it may have been sent.
    .filter(({ status }) => fits(status, filter))
    .sort((a, b) => (a.pk < b.pk ? -1 : 1))
    .map((row) => showMessage(row, histories && (histories.get(row.pk) ?? [])));
  return { messages, nextCursor };
}

/** One message by the id the tenant gave it; undefined when there is none. */
export async function findMessage(
  ctx: Needs<'db'>,
  tenantId: string,
  id: string,
): Promise<Record<string, unknown> | undefined> {
  const [row] = await findRows(
    ctx,
    Prisma.sql`(SELECT * FROM messages WHERE tenant_id = ${tenantId} AND id = ${id}) AS one`,
  );
  return row && showMessage(row);
}

/** What happened to a message so far, oldest first; undefined when there is no such message. */
export async function findHistory(
  ctx: Needs<'db'>,
  tenantId: string,
  id: string,
): Promise<ShownEvent[] | undefined> {
  const row = await ctx.db.read.message.findUnique({
    where: { tenantId_id: { tenantId, id } },
    select: { events: { orderBy: { id: 'asc' } } },
  });
  return row?.events.map(showEvent);
}

function findRows(ctx: Needs<'db'>, from: Prisma.Sql): Promise<MessageRow[]> {
  return ctx.db.read.$queryRaw<MessageRow[]>`
    SELECT one.*, t.name AS tenant_name,
      (SELECT c.payload FROM message_contents c WHERE c.message_pk = one.pk) AS payload
    FROM ${from} JOIN tenants t ON t.id = one.tenant_id`;
}

/**
 * The rows of a table that belong to the messages named, as `one`. PostgreSQL, as long as it does not know the table,
 * expects many rows for each message and reads the whole of it; so it is told to look for each by itself.
 */
function ofEach(
  { kind }: Db,
  named: Prisma.Sql,
  table: 'messages' | 'events',
  column: 'pk' | 'message_pk',
): Prisma.Sql {
  const [from, key] = [Prisma.raw(table), Prisma.raw(column)];
  return kind === 'sqlite'
    ? Prisma.sql`${named} CROSS JOIN ${from} AS one ON one.${key} = j.pk`
    : Prisma.sql`${named} CROSS JOIN LATERAL (SELECT * FROM ${from} WHERE ${key} = j.pk OFFSET 0) AS one`;
}

async function findHistories(ctx: Needs<'db'>, named: Prisma.Sql): Promise<Map<string, ShownEvent[]>> {
  const events = await ctx.db.read.$queryRaw<EventRow[]>`
    SELECT one.message_pk, one.id, one.type, one.at, one.description, one.metadata, one.reported_at AS "reportedAt"
    FROM ${ofEach(ctx.db, named, 'events', 'message_pk')}`;
  events.sort((a, b) => Number(a.id - b.id));
  const histories = new Map<string, ShownEvent[]>();
  for (const event of events) {
    const known = histories.get(event.message_pk);
    if (known) known.push(showEvent(event));
    else histories.set(event.message_pk, [showEvent(event)]);
  }
  return histories;
}

/** Fields that are not known are left out rather than null. */
function showMessage(row: MessageRow, history?: ShownEvent[]): Record<string, unknown> {
  const { given, head } = JSON.parse(row.payload ?? '{}') as Partial<StoredMessage>;
  return withoutNulls({
    pk: row.pk,
    id: row.id,
    tenant_id: row.tenant_id,
    tenant_name: row.tenant_name,
    account_id: row.account_id,
    priority: row.priority,
    batch_code: row.batch_code,
    status: shownStatus(row.status),
    deferred_ts: row.status === 'deferred' ? seconds(row.blocked_until ?? row.due_at) : null,
    sent_ts: seconds(row.sent_at),
    error_ts: seconds(row.error_at),
    error: row.error,
    smtp_code: row.smtp_code,
    recipients: showRecipients(row, head) ?? null,
    retry_count: row.retry_count,
    reported_ts: seconds(row.reported_at),
    created_at: isoSeconds(row.created_at),
    updated_at: isoSeconds(row.updated_at),
    message: given ?? null,
    history: history ?? null,
  });
}

function seconds(ms: bigint | null): number | null {
  return ms === null ? null : toUnixSeconds(Number(ms));
}
