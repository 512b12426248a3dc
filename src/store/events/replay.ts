// Has events reported again that were acknowledged before: they wait anew, under the numbers they have.
import type { Needs } from '../context.js';
import { rowsOf } from '../db/sql.js';
import { Prisma } from '../generated/sqlite/client.js';
import { findSettled } from './settled-events.js';

export interface Replay {
  /** Events that happened at or after, and at or before: milliseconds since the epoch. */
  since: number;
  until: number;
  /** Of these messages only, by the ids the tenant gave them; undefined: of all. */
  ids: string[] | undefined;
}

interface Marked {
  id: bigint;
  pk: string;
}

/** Events looked at, or messages named, in one statement. */
const pageSize = 500;

/** How long after it happened an event is written at most, and how far apart the clocks of hosts are. */
const slackMs = 3_600_000;

/**
 * In small statements, oldest first, so that the events of a message are told in order although reports go out meanwhile.
 * @returns how many are told again
 */
export function replayReports(ctx: Needs<'db'>, tenantId: string, replay: Replay): Promise<number> {
  return replay.ids === undefined
    ? replayRange(ctx, tenantId, replay)
    : replayMessages(ctx, tenantId, { ...replay, ids: [...new Set(replay.ids)] });
}

async function replayMessages(
  ctx: Needs<'db'>,
  tenantId: string,
  { ids, ...replay }: Replay & { ids: string[] },
): Promise<number> {
  let replayed = 0;
  for (let from = 0; from < ids.length; from += pageSize) {
    const named = ids.slice(from, from + pageSize).map((id) => ({ one: id }));
    const events = await ctx.db.read.$queryRaw<Marked[]>`
      SELECT e.id AS id, e.message_pk AS pk FROM messages m JOIN events e ON e.message_pk = m.pk
      WHERE m.tenant_id = ${tenantId} AND m.id IN (SELECT j.one FROM ${rowsOf(ctx.db.kind, { one: 'text' }, named)})
        AND ${isMeant(replay)}`;
    replayed += await forgetReports(ctx, events);
  }
  return replayed;
}

async function replayRange(ctx: Needs<'db'>, tenantId: string, replay: Replay): Promise<number> {
  const end = await findSettled(ctx);
  let replayed = 0;
  for (let from = await findFirst(ctx, tenantId, replay.since - slackMs, end); ; ) {
    const looked = await ctx.db.read.$queryRaw<{ id: bigint; at: bigint }[]>`
      SELECT id, at FROM events WHERE tenant_id = ${tenantId} AND id >= ${from} AND id <= ${end}
      ORDER BY id LIMIT ${pageSize}`;
    const last = looked.at(-1);
    if (last === undefined) return replayed;
    const events = await ctx.db.read.$queryRaw<Marked[]>`
      SELECT e.id AS id, e.message_pk AS pk FROM events e
      WHERE e.tenant_id = ${tenantId} AND e.id >= ${from} AND e.id <= ${last.id} AND ${isMeant(replay)}`;
    replayed += await forgetReports(ctx, events);
    if (looked.every(({ at }) => Number(at) > replay.until + slackMs)) return replayed;
    from = Number(last.id) + 1;
  }
}

/** From where on events may have happened at that time or later: numbers rise with time, but for a little. */
async function findFirst(ctx: Needs<'db'>, tenantId: string, time: number, end: number): Promise<number> {
  let low = 0;
  let high = end + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const [event] = await ctx.db.read.$queryRaw<{ id: bigint; at: bigint }[]>`
      SELECT id, at FROM events WHERE tenant_id = ${tenantId} AND id >= ${middle} ORDER BY id LIMIT 1`;
    if (event === undefined || Number(event.at) >= time) high = middle;
    else low = Number(event.id) + 1;
  }
  return low;
}

function isMeant({ since, until }: Pick<Replay, 'since' | 'until'>): Prisma.Sql {
  return Prisma.sql`e.type <> 'queued' AND e.reported_at IS NOT NULL
    AND e.at >= CAST(${since} AS BIGINT) AND e.at <= CAST(${until} AS BIGINT)`;
}

/** The messages first: what cleans up asks them, and has to see at once that they are wanted again. */
async function forgetReports(ctx: Needs<'db'>, events: Marked[]): Promise<number> {
  if (events.length === 0) return 0;
  const rows = rowsOf(
    ctx.db.kind,
    { id: 'bigint', pk: 'text' },
    events.map(({ id, pk }) => ({ id: Number(id), pk })),
  );
  const [, replayed] = await ctx.db.write<[number, number]>((client) => [
    client.$executeRaw`UPDATE messages SET reported_at = NULL WHERE pk IN (SELECT j.pk FROM ${rows})`,
    client.$executeRaw`
      UPDATE events SET reported_at = NULL WHERE id IN (SELECT j.id FROM ${rows}) AND reported_at IS NOT NULL`,
  ]);
  return replayed;
}
