// Removes messages that are over, with content and events, a few at a time, so that other work goes on in between.
import type { Clock } from '../../clock.js';
import { lastPkBefore } from '../../domain/message.js';
import { removeReturned } from '../bounces/remove-returned.js';
import type { Needs } from '../context.js';
import { empty, type Sql, sql } from '../db/sql.js';
import { rowsOf } from '../db/sql-parts.js';
import { rows, run } from '../db/transaction.js';
import { type MessageFilter, type Page, readPage } from '../listing/page.js';

/** Times in milliseconds since the epoch. */
interface Over {
  /** Messages whose every event was acknowledged, the last one before this. */
  reportedBefore: number;
  /** Messages that ended before this, where the tenant has no endpoint of its own; absent: they stay. */
  unreportedBefore?: number;
}

/** Messages that one statement checks. */
const pageSize = 500;

/**
 * What one statement removes at most, in messages, because on SQLite nothing else runs in the process meanwhile. An
 * attempt counts as one more, for its events, and so does every 16 KiB of content, whose pages are freed one by one.
 */
const mostAtOnce = 100;
const bytesPerMessage = 16_384;

/**
 * The pause after a statement, as a multiple of the time that the statement took. On SQLite, with 200 messages a second,
 * the longest time without a sent message was 86 ms when nothing was removed, 92 ms with these pauses and 128 ms with a
 * third of them (bench/retention.ts). On PostgreSQL no other work waits for a statement, but commits wait for a busy
 * disk.
 */
const pausesPerStatement = 3;

/**
 * Removes the messages of one tenant that are over. The pause after each statement grows with the time that the statement
 * took, waiting included, so the clean-up slows down while the process has other work.
 * @param stop ends the clean-up between two statements; the next call goes on with it
 * @returns how many messages
 */
export async function cleanUpMessages(
  ctx: Needs<'db' | 'clock'>,
  tenantId: string,
  over: Over,
  stop?: AbortSignal,
): Promise<number> {
  // A message that was accepted later cannot have ended before.
  const last = lastPkBefore(Math.max(over.reportedBefore, over.unreportedBefore ?? 0));
  const paced = pace(ctx.clock, stop);
  let removed = 0;
  for (const status of ['sent', 'error'] as const) {
    for (let after: string | undefined = ''; after !== undefined && after < last && !stop?.aborted; ) {
      const filter: MessageFilter = { activeOnly: false, status, limit: pageSize, after };
      const page: Page = await paced(() => readPage(ctx, tenantId, filter));
      for (const pks of inSteps(await paced(() => findOver(ctx, page.pks, over)))) {
        if (stop?.aborted) return removed;
        await removeReturned(ctx, isOver(pks, over), paced);
        removed += await paced(() => remove(ctx, pks, over));
      }
      after = page.nextCursor;
    }
  }
  return removed;
}

export function pace(clock: Clock, stop?: AbortSignal) {
  return async <T>(statement: () => Promise<T>): Promise<T> => {
    const beganAt = clock.monotonic();
    const result = await statement();
    await clock.sleep(pausesPerStatement * Math.max(1, clock.monotonic() - beganAt), stop);
    return result;
  };
}

export interface Found {
  pk: string;
  attempts: number;
  bytes: number | bigint | null;
}

async function findOver(ctx: Needs<'db'>, pks: string[], over: Over): Promise<Found[]> {
  if (pks.length === 0) return [];
  return ctx.db.query(
    rows<Found>(sql`SELECT pk, attempts,
      (SELECT octet_length(c.payload) FROM message_contents c WHERE c.message_pk = messages.pk) AS bytes
      FROM messages WHERE ${isOver(pks, over)} ORDER BY pk`),
  );
}

export function inSteps(found: Found[]): string[][] {
  const steps: string[][] = [];
  let room = 0;
  for (const { pk, attempts, bytes } of found) {
    const weight = 1 + attempts + Number(bytes) / bytesPerMessage;
    if (weight > room || steps.length === 0) {
      steps.push([]);
      room = mostAtOnce;
    }
    steps.at(-1)?.push(pk);
    room -= weight;
  }
  return steps;
}

/** Checks once more that they are over: since they were found, their reports may have been asked for again. */
async function remove(ctx: Needs<'db'>, pks: string[], over: Over): Promise<number> {
  const { removed } = await ctx.db.transaction({
    removed: run(sql`DELETE FROM messages WHERE ${isOver(pks, over)}`),
  });
  return removed;
}

/** A message that was deferred is marked as reported with its deferral, though its end may not be reported yet. */
function isOver(pks: string[], { reportedBefore, unreportedBefore }: Over): Sql {
  const named = rowsOf(
    { pk: 'text' },
    pks.map((pk) => ({ pk })),
  );
  const endedLongAgo =
    unreportedBefore === undefined
      ? empty
      : sql`OR COALESCE(error_at, sent_at) < ${unreportedBefore}
          AND EXISTS (SELECT 1 FROM tenants t WHERE t.id = messages.tenant_id AND t.client_base_url IS NULL)`;
  return sql`pk IN (SELECT j.pk FROM ${named}) AND status IN ('sent', 'error')
    AND (reported_at < ${reportedBefore}
      AND NOT EXISTS (SELECT 1 FROM events e
        WHERE e.message_pk = messages.pk AND e.reported_at IS NULL AND e.type <> 'queued')
      ${endedLongAgo})`;
}
