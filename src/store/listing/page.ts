// Finds the messages on a page of a list, in the order in which they were accepted. Whatever the filter, and however many
// messages there are, it reads about as many index entries as the page has messages.
import { acceptedAt, lastPkBefore } from '../../domain/message.js';
import { openStatuses, type ShownStatus, type Status, shownStatus, statuses } from '../../domain/status.js';
import type { Needs } from '../context.js';
import { cutAtBytes } from '../db/cut-at-bytes.js';
import { byDatabase, empty, join, type Sql, sql, verbatim } from '../db/sql.js';
import { onPostgres } from '../db/sql-parts.js';
import { rows, run } from '../db/transaction.js';
import { eventBytes } from '../events/show-event.js';

export interface MessageFilter {
  activeOnly: boolean;
  status?: ShownStatus | undefined;
  batchCode?: string | undefined;
  accountId?: string | undefined;
  /** Accepted at or after this time, in milliseconds since the epoch. The pk tells when a message was accepted. */
  since?: number | undefined;
  limit: number;
  /** Whether the events of each message are shown as well. */
  includeHistory?: boolean;
  /** The pk after which the page begins. */
  after?: string | undefined;
}

export interface Page {
  pks: string[];
  /** The pk after which the next page begins; undefined: this is the last page. */
  nextCursor: string | undefined;
  /** About how many bytes the messages of the page have. */
  bytes: number;
}

interface Entry {
  pk: string;
  bytes: number | bigint | null;
}

/**
 * The longest time between giving a message its pk and its commit, the difference between the clocks of hosts included.
 * Processes commit in another order than that of the pks, and a page must not skip a message that is committed late.
 */
const settleMs = 1000;

/** Whether a message of this status belongs into the list. */
export function fits(status: Status, filter: Pick<MessageFilter, 'activeOnly' | 'status'>): boolean {
  return (
    (filter.status === undefined || shownStatus(status) === filter.status) &&
    (!filter.activeOnly || openStatuses.includes(status))
  );
}

export async function findPage(
  ctx: Needs<'db' | 'clock'>,
  tenantId: string,
  filter: MessageFilter,
): Promise<Page> {
  const page = await readPage(ctx, tenantId, filter);
  const { nextCursor } = page;
  if (nextCursor === undefined) return page;
  const waitMs = Math.min(settleMs, acceptedAt(nextCursor) + settleMs - ctx.clock.now());
  if (waitMs <= 0) return page;
  // This is rare: only a full page that ends among the messages of the last second waits.
  await ctx.clock.sleep(waitMs);
  const again = await readPage(ctx, tenantId, filter);
  if (again.nextCursor !== undefined && again.nextCursor <= nextCursor) return again;
  return { ...again, pks: again.pks.filter((pk) => pk <= nextCursor), nextCursor };
}

/** A page as it is at this moment. Messages accepted within the last second may still be missing from it. */
export async function readPage(ctx: Needs<'db'>, tenantId: string, filter: MessageFilter): Promise<Page> {
  const ordered = pksInOrder(tenantId, filter);
  if (ordered === undefined) return { pks: [], nextCursor: undefined, bytes: 0 };
  const entries = await read(ctx, ordered, filter.includeHistory ?? false);
  entries.sort((a, b) => (a.pk < b.pk ? -1 : 1));
  const { count, bytes } = cutAtBytes(entries.slice(0, filter.limit));
  const pks = entries.slice(0, count).map(({ pk }) => pk);
  return { pks, nextCursor: count < entries.length ? pks.at(-1) : undefined, bytes };
}

/**
 * Comes before a statement that reads messages in order. Where PostgreSQL expects few messages to fit, it would collect and
 * sort all of them, and there may be many. Of a parallel plan it expects too few rows, and reads the whole table with it.
 */
export const planInOrder = run(
  onPostgres(
    sql`SELECT set_config('enable_bitmapscan', 'off', true), set_config('max_parallel_workers_per_gather', '0', true)`,
  ),
);

async function read(ctx: Needs<'db'>, ordered: Sql, includeHistory: boolean): Promise<Entry[]> {
  const { entries } = await ctx.db.queries({
    plan: planInOrder,
    entries: rows<Entry>(sql`
      SELECT p.pk AS pk, ${messageBytes(sql`p.pk ${onPostgres(sql`COLLATE "default"`)}`, includeHistory)} AS bytes
      FROM (${ordered}) AS p`),
  });
  return entries;
}

/** About how many bytes a message has when it is shown. Its recipients may be shown twice. */
export function messageBytes(pk: Sql, includeHistory: boolean): Sql {
  const history = sql`+ COALESCE((SELECT SUM(${eventBytes}) FROM events WHERE message_pk = ${pk}), 0)`;
  return sql`COALESCE((SELECT octet_length(c.payload) FROM message_contents c WHERE c.message_pk = ${pk}), 0)
    + COALESCE((SELECT octet_length(m.recipients) FROM messages m WHERE m.pk = ${pk}), 0)
    + 500 ${includeHistory ? history : empty}`;
}

/** @returns undefined when no status fits the filter */
function pksInOrder(tenantId: string, filter: MessageFilter): Sql | undefined {
  const cursors = [filter.after ?? '', filter.since === undefined ? '' : lastPkBefore(filter.since)];
  const after = cursors.sort().at(-1) ?? '';
  return mergedPks(tenantId, filter, {
    of: statuses.filter((status) => fits(status, filter)),
    range: (pk) => sql`${pk} > ${after}`,
    order: 'ASC',
    // One message more than the page holds tells whether there is another page.
    most: filter.limit + 1,
  });
}

interface MergedPks {
  of: readonly Status[];
  /** A condition on the pk. */
  range(pk: Sql): Sql;
  order: 'ASC' | 'DESC';
  most: number;
}

/**
 * A SELECT of pks in order. Every index for lists ends in (status, pk), so the messages of one status are in order in it.
 * Those of several statuses are merged while they are read.
 * @returns undefined where there is no status
 */
export function mergedPks(
  tenantId: string,
  filter: Pick<MessageFilter, 'batchCode' | 'accountId'>,
  { of, range, order, most }: MergedPks,
): Sql | undefined {
  if (of.length === 0) return undefined;
  const { batchCode, accountId } = filter;
  const { status: statusColumn, pk } = columnsOfOneIndex(filter);
  const inOrder = verbatim(`ORDER BY pk ${order}`);
  const streams = of.map((status) => {
    const stream = sql`
      SELECT ${pk} AS pk FROM messages WHERE tenant_id = ${tenantId} AND ${statusColumn} = ${status} AND ${range(pk)}
        ${batchCode === undefined ? empty : sql`AND batch_code = ${batchCode}`}
        ${accountId === undefined ? empty : sql`AND account_id = ${accountId}`}`;
    // SQLite merges streams that it finds in order; PostgreSQL merges only streams that it was told to sort.
    const sorted = sql`(${stream} ${inOrder} LIMIT ${most})`;
    return of.length === 1 ? stream : byDatabase({ sqlite: stream, postgresql: sorted });
  });
  return sql`${join(streams, ' UNION ALL ')} ${inOrder} LIMIT ${most}`;
}

/**
 * PostgreSQL takes any index that gives the order if it expects to discard few of its rows. It estimates that from the
 * whole table and not from one tenant; when it is wrong, it reads every message of the tenant. So each index for lists has
 * collations that no other index has, and only the right index gives the order asked for. Pks sort alike in all of them.
 */
function columnsOfOneIndex({ accountId, batchCode }: Pick<MessageFilter, 'batchCode' | 'accountId'>): {
  status: Sql;
  pk: Sql;
} {
  const status = accountId === undefined ? 'status' : 'status COLLATE "C"';
  const pk = batchCode === undefined ? 'pk COLLATE "C"' : 'pk COLLATE "POSIX"';
  return {
    status: byDatabase({ sqlite: sql`status`, postgresql: verbatim(status) }),
    pk: byDatabase({ sqlite: sql`pk`, postgresql: verbatim(pk) }),
  };
}
