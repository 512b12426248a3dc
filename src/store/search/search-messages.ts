// Finds messages by what is in them, the newest first. Whatever is asked for, a page reads a bounded number of rows.
import { lastPkBefore } from '../../domain/message.js';
import { termNumber, termsOfSearch } from '../../domain/search-terms.js';
import { type Status, statuses } from '../../domain/status.js';
import type { Needs } from '../context.js';
import { cutAtBytes } from '../db/cut-at-bytes.js';
import { byDatabase, join, type Sql, sql } from '../db/sql.js';
import { contains, onPostgres } from '../db/sql-parts.js';
import { rows } from '../db/transaction.js';
import {
  fits,
  type MessageFilter,
  mergedPks,
  messageBytes,
  type Page,
  planInOrder,
} from '../listing/page.js';
import { hasStatus } from '../messages/status-sql.js';

export interface SearchFilter extends Omit<MessageFilter, 'after'> {
  /** Words and addresses, all of which a message must have. */
  search?: string | undefined;
  /** A part of the error, or of the reason why the message was deferred. */
  error?: string | undefined;
  /** Accepted before this time, milliseconds since the epoch. */
  until?: number | undefined;
  /** The pk before which the page begins. */
  before?: string | undefined;
}

/** Rows that one page looks at. Where fewer messages than asked for are among them, the next page goes on from there. */
const mostExamined = 10_000;

interface Entry {
  pk: string;
  bytes: number | bigint | null;
}

/** A page may be short, or empty, and still have a next one. */
export async function searchMessages(
  ctx: Needs<'db'>,
  tenantId: string,
  filter: SearchFilter,
): Promise<Page> {
  const terms = filter.search === undefined ? undefined : termsOfSearch(filter.search);
  const numbers = await rarestFirst(
    ctx,
    (terms ?? []).map((term) => termNumber(tenantId, term)),
  );
  // A search for signs alone has no term, and finds nothing.
  const candidates = terms?.length === 0 ? undefined : candidatesOf(tenantId, filter, numbers);
  if (candidates === undefined) return { pks: [], nextCursor: undefined, bytes: 0 };
  const { found } = await ctx.db.queries({
    plan: planInOrder,
    found: rows<Entry>(sql`
      SELECT p.pk AS pk, ${messageBytes(pk, filter.includeHistory ?? false)} AS bytes
      FROM (${candidates}) AS p ${itsMessage}
      WHERE ${join(conditionsOf(tenantId, filter, numbers), ' AND ')}
      ORDER BY p.pk DESC LIMIT ${filter.limit + 1}`),
  });
  const { count, bytes } = cutAtBytes(found.slice(0, filter.limit));
  const pks = found.slice(0, count).map(({ pk }) => pk);
  // Where there was nothing to look for, the candidates were the page.
  const isLast = numbers.length === 0 && filter.error === undefined;
  const nextCursor =
    count < found.length ? pks.at(-1) : isLast ? undefined : await lastExamined(ctx, candidates);
  return { pks, nextCursor, bytes };
}

/** The pk of a candidate, which may have the collation of an index for lists, as the primary key has it. */
const pk = sql`p.pk ${onPostgres(sql`COLLATE "default"`)}`;

/** The row `m` of a candidate, looked up by its key: PostgreSQL expects too few rows to fit, and would read the whole table. */
const itsMessage = byDatabase({
  sqlite: sql`CROSS JOIN messages m ON m.pk = p.pk`,
  postgresql: sql`CROSS JOIN LATERAL (SELECT * FROM messages WHERE pk = ${pk} OFFSET 0) AS m`,
});

/** The term of the fewest messages first, because the messages of the first one are all looked at. */
async function rarestFirst(ctx: Needs<'db'>, numbers: number[]): Promise<number[]> {
  if (numbers.length < 2) return numbers;
  const counts = numbers.map(
    (number, i) =>
      sql`SELECT CAST(${i} AS INTEGER) AS i, (SELECT COUNT(*) FROM
        (SELECT 1 FROM message_terms WHERE term = ${number} LIMIT ${mostExamined}) AS those) AS n`,
  );
  const found = await ctx.db.query(
    rows<{ i: number; n: number | bigint }>(sql`${join(counts, ' UNION ALL ')} ORDER BY n`),
  );
  return found.flatMap(({ i }) => numbers[i] ?? []);
}

/** @returns undefined where no message can fit */
function candidatesOf(tenantId: string, filter: SearchFilter, [number]: number[]): Sql | undefined {
  const since = filter.since === undefined ? '' : lastPkBefore(filter.since);
  const ends = [filter.before, filter.until === undefined ? undefined : lastPkBefore(filter.until)];
  const before = ends.filter((end) => end !== undefined).sort()[0] ?? afterAllPks;
  if (number !== undefined)
    return sql`SELECT message_pk AS pk FROM message_terms
      WHERE term = ${number} AND message_pk > ${since} AND message_pk < ${before}
      ORDER BY message_pk DESC LIMIT ${mostExamined}`;
  return mergedPks(tenantId, filter, {
    of: fittingStatuses(filter),
    range: (pk) => sql`${pk} > ${since} AND ${pk} < ${before}`,
    order: 'DESC',
    // Without a part of an error to look for, every candidate fits.
    most: filter.error === undefined ? filter.limit + 1 : mostExamined,
  });
}

/** Sorts after every pk. */
const afterAllPks = 'Z';

function fittingStatuses(filter: SearchFilter): Status[] {
  return statuses.filter(
    (status) => fits(status, filter) && (filter.error === undefined || !['sending', 'sent'].includes(status)),
  );
}

/** @param numbers of terms; the candidates have the first of them */
function conditionsOf(tenantId: string, filter: SearchFilter, [, ...others]: number[]): Sql[] {
  const of = fittingStatuses(filter);
  return [
    sql`m.tenant_id = ${tenantId}`,
    of.length === 0 ? sql`false` : hasStatus('m', of),
    ...(filter.batchCode === undefined ? [] : [sql`m.batch_code = ${filter.batchCode}`]),
    ...(filter.accountId === undefined ? [] : [sql`m.account_id = ${filter.accountId}`]),
    ...(filter.error === undefined ? [] : [contains('m.error', filter.error)]),
    ...others.map(
      (number) =>
        sql`EXISTS (SELECT 1 FROM message_terms t WHERE t.message_pk = m.pk AND t.term = ${number})`,
    ),
  ];
}

/** @returns the oldest candidate, unless there were fewer than are looked at */
async function lastExamined(ctx: Needs<'db'>, candidates: Sql): Promise<string | undefined> {
  const { last } = await ctx.db.queries({
    plan: planInOrder,
    last: rows<{ pk: string | null; n: number | bigint }>(
      sql`SELECT MIN(p.pk) AS pk, COUNT(*) AS n FROM (${candidates}) AS p`,
    ),
  });
  const [{ pk, n } = { pk: null, n: 0 }] = last;
  return Number(n) < mostExamined ? undefined : (pk ?? undefined);
}
