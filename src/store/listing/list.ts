// Lists messages as clients see them (contract section 5): a page of messages, or one.

import { betweenSteps } from '../../concurrency/next-turn.js';
import { findReturned } from '../bounces/find-returned.js';
import type { Needs } from '../context.js';
import { type Hold, holdNothing, type Page, type PageAsked, readPageOf } from '../db/cut-at-bytes.js';
import { byDatabase, type Sql, sql, verbatim } from '../db/sql.js';
import { jsonArrayOfRows, jsonObject, rowsOf } from '../db/sql-parts.js';
import { rows } from '../db/transaction.js';
import { eventBytes, type ShownEvent, showEvent } from '../events/show-event.js';
import { type SearchFilter, searchMessages } from '../search/search-messages.js';
import { type Page as FoundPage, findPage, fits, type MessageFilter, messageBytes } from './page.js';
import { type MessageRow, showMessage } from './show-message.js';

type ShownMessage = ReturnType<typeof showMessage>;

/** `nextCursor` is undefined on the last page. */
interface MessagePage {
  messages: ShownMessage[];
  nextCursor: string | undefined;
}

/** An event as the database returns it. Ids are bigint on PostgreSQL and number on SQLite. */
interface EventRow {
  message_pk: string;
  id: bigint | number;
  type: string;
  at: bigint;
  description: string | null;
  metadata: string | null;
  reportedAt: bigint | null;
}

/**
 * The messages in the order of acceptance. Takes two statements, three with history, and one more where mails came back,
 * however long the page is.
 * @param hold is awaited before as many bytes are read
 */
export async function listMessages(
  ctx: Needs<'db' | 'clock'>,
  tenantId: string,
  filter: MessageFilter & { includeHistory: boolean },
  hold: Hold = holdNothing,
): Promise<MessagePage> {
  return showPage(ctx, await findPage(ctx, tenantId, filter), filter, hold);
}

/** The messages that fit, the newest first. @param hold as in `listMessages` */
export async function listNewest(
  ctx: Needs<'db'>,
  tenantId: string,
  filter: SearchFilter & { includeHistory: boolean },
  hold: Hold = holdNothing,
): Promise<MessagePage> {
  const page = await searchMessages(ctx, tenantId, filter);
  const { messages, nextCursor } = await showPage(ctx, page, filter, hold);
  return { messages: messages.reverse(), nextCursor };
}

async function showPage(
  ctx: Needs<'db'>,
  { pks, nextCursor, bytes }: FoundPage,
  filter: Pick<MessageFilter, 'activeOnly' | 'status'> & { includeHistory: boolean },
  hold: Hold,
): Promise<MessagePage> {
  if (pks.length === 0) return { messages: [], nextCursor };
  await hold(bytes);
  const named = rowsOf(
    { pk: 'text' },
    pks.map((pk) => ({ pk })),
  );
  const found = await findRows(ctx, ofEach(named, 'messages', 'pk'));
  const histories = filter.includeHistory ? await findHistories(ctx, named) : undefined;
  const returned = await findReturned(ctx, found);
  await betweenSteps(bytes);
  const messages = found
    // A message may have been sent between the two statements.
    .filter(({ status }) => fits(status, filter))
    .sort((a, b) => (a.pk < b.pk ? -1 : 1))
    .map((row) => showMessage(row, returned.get(row.pk), histories && (histories.get(row.pk) ?? [])));
  return { messages, nextCursor };
}

/** A message by the id the tenant gave it; undefined when the tenant has no such message. */
export async function findMessage(
  ctx: Needs<'db'>,
  tenantId: string,
  id: string,
  hold: Hold = holdNothing,
): Promise<ShownMessage | undefined> {
  const [found] = await ctx.db.query(
    rows<{ bytes: number | bigint }>(sql`
      SELECT ${messageBytes(sql`one.pk`, false)} AS bytes FROM messages one
      WHERE one.tenant_id = ${tenantId} AND one.id = ${id}`),
  );
  if (found === undefined) return undefined;
  const bytes = Number(found.bytes);
  await hold(bytes);
  const [row] = await findRows(
    ctx,
    sql`(SELECT * FROM messages WHERE tenant_id = ${tenantId} AND id = ${id}) AS one`,
  );
  if (row === undefined) return undefined;
  const returned = await findReturned(ctx, [row]);
  await betweenSteps(bytes);
  return showMessage(row, returned.get(row.pk));
}

/**
 * The events of a message so far, oldest first; undefined when the tenant has no such message.
 * @param hold is awaited before as many bytes are read
 */
export async function findHistory(
  ctx: Needs<'db'>,
  tenantId: string,
  id: string,
  asked: PageAsked,
  hold: Hold = holdNothing,
): Promise<Page<ShownEvent> | undefined> {
  const one = { where: { tenantId_id: { tenantId, id } }, select: { pk: true } };
  const message = await ctx.db.read.message.findUnique(one);
  if (message === null) return undefined;
  const onPage = sql`message_pk = ${message.pk} AND id > ${Number(asked.after ?? 0)} ORDER BY id`;
  const sizes = await ctx.db.query(
    rows<{ bytes: number | bigint }>(
      sql`SELECT ${eventBytes} AS bytes FROM events WHERE ${onPage} LIMIT ${asked.limit + 1}`,
    ),
  );
  const read = async (count: number) =>
    (
      await ctx.db.query(
        rows<EventRow>(sql`
          SELECT message_pk, id, type, at, description, metadata, reported_at AS "reportedAt"
          FROM events WHERE ${onPage} LIMIT ${count}`),
      )
    ).map(showEvent);
  return readPageOf(sizes, asked, hold, read, ({ event_id }) => String(event_id));
}

const fetchedFields = { n: sql`a.n`, size: sql`a.size`, mimeType: sql`a.mime_type`, cached: sql`a.cached` };

function findRows(ctx: Needs<'db'>, from: Sql): Promise<MessageRow[]> {
  return ctx.db.query(
    rows<MessageRow>(sql`
      SELECT one.*, t.name AS tenant_name,
        (SELECT c.payload FROM message_contents c WHERE c.message_pk = one.pk) AS payload,
        (SELECT ${jsonArrayOfRows(sql`l.n`)} FROM file_links l WHERE l.message_pk = one.pk AND l.revision = one.revision) AS linked,
        (SELECT ${jsonArrayOfRows(jsonObject(fetchedFields))} FROM message_attachments a WHERE a.message_pk = one.pk AND a.size IS NOT NULL) AS fetched
      FROM ${from} JOIN tenants t ON t.id = one.tenant_id`),
  );
}

/**
 * A FROM clause: the rows of a table that belong to the named messages, as `one`. Without statistics, PostgreSQL expects
 * many rows for each message and reads the whole table, so it is forced to look up each message by key.
 */
function ofEach(named: Sql, table: 'messages' | 'events', column: 'pk' | 'message_pk'): Sql {
  const [from, key] = [verbatim(table), verbatim(column)];
  return byDatabase({
    sqlite: sql`${named} CROSS JOIN ${from} AS one ON one.${key} = j.pk`,
    postgresql: sql`${named} CROSS JOIN LATERAL (SELECT * FROM ${from} WHERE ${key} = j.pk OFFSET 0) AS one`,
  });
}

async function findHistories(ctx: Needs<'db'>, named: Sql): Promise<Map<string, ShownEvent[]>> {
  const events = await ctx.db.query(
    rows<EventRow>(sql`
      SELECT one.message_pk, one.id, one.type, one.at, one.description, one.metadata, one.reported_at AS "reportedAt"
      FROM ${ofEach(named, 'events', 'message_pk')}`),
  );
  events.sort((a, b) => Number(a.id) - Number(b.id));
  const histories = new Map<string, ShownEvent[]>();
  for (const event of events) {
    const known = histories.get(event.message_pk);
    if (known) known.push(showEvent(event));
    else histories.set(event.message_pk, [showEvent(event)]);
  }
  return histories;
}
