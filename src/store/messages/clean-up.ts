// Removes messages that are over and done with, with content and events, a few at a time, so that nobody waits for it.
import type { Clock } from '../../clock.js';
import { lastPkBefore } from '../../domain/message.js';
import type { Needs } from '../context.js';
import { rowsOf } from '../db/old-sql.js';
import { Prisma } from '../generated/sqlite/client.js';
import { type MessageFilter, type Page, readPage } from '../listing/page.js';

/** Times in milliseconds since the epoch. */
export interface Over {
  /** Messages whose every event was acknowledged, the last one before this. */
  reportedBefore: number;
  /** Messages that ended before this, where the tenant has no endpoint of its own; absent: they stay. */
  untoldBefore?: number;
}

/** What is looked at in one statement. */
const pageSize = 500;

/**
 * What one statement removes at most, in messages: on SQLite nothing else runs in the process meanwhile. An attempt
 * counts as one more, for its events, and so does every 16 KiB of content, whose pages are freed one by one.
 */
const mostAtOnce = 100;
const bytesPerMessage = 16_384;

/**
 * How many times longer than a statement the rest after it is. On SQLite, with 200 messages a second, none left for 86 ms
 * at most when nothing was removed, 92 ms with these rests and 128 ms with a third of them (bench/retention.ts). On
 * PostgreSQL nobody waits for a statement, but commits wait for a disk that has much to write.
 */
const opensPerStatement = 3;

/**
 * Removes what is over of one tenant. Between two statements it rests some times as long as the one before took, waiting
 * included: the more others have to do, the slower it goes.
 * @param stop ends it between two statements; the next call does the rest
 * @returns how many messages
 */
export async function cleanUpMessages(
  ctx: Needs<'db' | 'clock'>,
  tenantId: string,
  over: Over,
  stop?: AbortSignal,
): Promise<number> {
  // What was accepted later cannot have ended before.
  const last = lastPkBefore(Math.max(over.reportedBefore, over.untoldBefore ?? 0));
  const paced = pace(ctx.clock, stop);
  let removed = 0;
  for (const status of ['sent', 'error'] as const) {
    for (let after: string | undefined = ''; after !== undefined && after < last && !stop?.aborted; ) {
      const filter: MessageFilter = { activeOnly: false, status, limit: pageSize, after };
      const page: Page = await paced(() => readPage(ctx, tenantId, filter));
      for (const pks of inSteps(await paced(() => findOver(ctx, page.pks, over)))) {
        if (stop?.aborted) return removed;
        removed += await paced(() => remove(ctx, pks, over));
      }
      after = page.nextCursor;
    }
  }
  return removed;
}

function pace(clock: Clock, stop?: AbortSignal) {
  return async <T>(statement: () => Promise<T>): Promise<T> => {
    const beganAt = clock.monotonic();
    const result = await statement();
    await clock.sleep(opensPerStatement * Math.max(1, clock.monotonic() - beganAt), stop);
    return result;
  };
}

interface Found {
  pk: string;
  attempts: number;
  bytes: number | bigint | null;
}

async function findOver(ctx: Needs<'db'>, pks: string[], over: Over): Promise<Found[]> {
  if (pks.length === 0) return [];
  return ctx.db.read.$queryRaw<Found[]>`
    SELECT pk, attempts,
      (SELECT octet_length(c.payload) FROM message_contents c WHERE c.message_pk = messages.pk) AS bytes
    FROM messages WHERE ${isOver(ctx, pks, over)} ORDER BY pk`;
}

function inSteps(found: Found[]): string[][] {
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

/** Asks once more whether they are over: since they were found, they may have been wanted again. */
async function remove(ctx: Needs<'db'>, pks: string[], over: Over): Promise<number> {
  const [removed] = await ctx.db.write<[number]>((client) => [
    client.$executeRaw`DELETE FROM messages WHERE ${isOver(ctx, pks, over)}`,
  ]);
  return removed;
}

/** A message that was deferred is marked as reported with its deferral, though its end may not be yet. */
function isOver({ db }: Needs<'db'>, pks: string[], { reportedBefore, untoldBefore }: Over): Prisma.Sql {
  const named = rowsOf(
    db.kind,
    { pk: 'text' },
    pks.map((pk) => ({ pk })),
  );
  const untold =
    untoldBefore === undefined
      ? Prisma.empty
      : Prisma.sql`OR COALESCE(error_at, sent_at) < CAST(${untoldBefore} AS BIGINT)
          AND EXISTS (SELECT 1 FROM tenants t WHERE t.id = messages.tenant_id AND t.client_base_url IS NULL)`;
  return Prisma.sql`pk IN (SELECT j.pk FROM ${named}) AND status IN ('sent', 'error')
    AND (reported_at < CAST(${reportedBefore} AS BIGINT)
      AND NOT EXISTS (SELECT 1 FROM events e
        WHERE e.message_pk = messages.pk AND e.reported_at IS NULL AND e.type <> 'queued')
      ${untold})`;
}
