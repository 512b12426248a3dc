// Has acknowledged events reported again, under the same event ids.

import type { Needs } from '../context.js';
import { type Sql, sql } from '../db/sql.js';
import { rowsOf } from '../db/sql-parts.js';
import { rows, run } from '../db/transaction.js';
import { findSettled } from './settled-events.js';

interface Replay {
  /** The range of times in which the events happened, both ends included, in milliseconds since the epoch. */
  since: number;
  until: number;
  /** Only events of these messages, by the ids the tenant gave them; undefined: of all messages. */
  ids: string[] | undefined;
}

interface EventKey {
  id: bigint | number;
  pk: string;
}

/** Events read, or messages named, in one statement. */
const pageSize = 500;

/** The longest time between an event and its record, the difference between the clocks of two hosts included. */
const slackMs = 3_600_000;

/**
 * Works in small statements, oldest events first. Reports go out meanwhile, and must tell the events of a message in order.
 * @returns how many events are to be reported again
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
    const events = await ctx.db.query(
      rows<EventKey>(sql`
        SELECT e.id AS id, e.message_pk AS pk FROM messages m JOIN events e ON e.message_pk = m.pk
        WHERE m.tenant_id = ${tenantId} AND m.id IN (SELECT j.one FROM ${rowsOf({ one: 'text' }, named)})
          AND ${isWanted(replay)}`),
    );
    replayed += await clearReported(ctx, events);
  }
  return replayed;
}

async function replayRange(ctx: Needs<'db'>, tenantId: string, replay: Replay): Promise<number> {
  const end = await findSettled(ctx);
  let replayed = 0;
  for (let from = await findFirst(ctx, tenantId, replay.since - slackMs, end); ; ) {
    const page = await ctx.db.query(
      rows<{ id: bigint | number; at: bigint }>(sql`
        SELECT id, at FROM events WHERE tenant_id = ${tenantId} AND id >= ${from} AND id <= ${end}
        ORDER BY id LIMIT ${pageSize}`),
    );
    const last = page.at(-1);
    if (last === undefined) return replayed;
    const events = await ctx.db.query(
      rows<EventKey>(sql`
        SELECT e.id AS id, e.message_pk AS pk FROM events e
        WHERE e.tenant_id = ${tenantId} AND e.id >= ${from} AND e.id <= ${last.id} AND ${isWanted(replay)}`),
    );
    replayed += await clearReported(ctx, events);
    if (page.every(({ at }) => Number(at) > replay.until + slackMs)) return replayed;
    from = Number(last.id) + 1;
  }
}

/** A binary search for the first event id of that time: ids rise with time, give or take `slackMs`. */
async function findFirst(ctx: Needs<'db'>, tenantId: string, time: number, end: number): Promise<number> {
  let low = 0;
  let high = end + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const [event] = await ctx.db.query(
      rows<{ id: bigint | number; at: bigint }>(sql`
        SELECT id, at FROM events WHERE tenant_id = ${tenantId} AND id >= ${middle} ORDER BY id LIMIT 1`),
    );
    if (event === undefined || Number(event.at) >= time) high = middle;
    else low = Number(event.id) + 1;
  }
  return low;
}

function isWanted({ since, until }: Pick<Replay, 'since' | 'until'>): Sql {
  return sql`e.type <> 'queued' AND e.reported_at IS NOT NULL AND e.at >= ${since} AND e.at <= ${until}`;
}

/** Updates the messages first: retention reads only them, and must see at once that they are wanted again. */
async function clearReported(ctx: Needs<'db'>, events: EventKey[]): Promise<number> {
  if (events.length === 0) return 0;
  const named = rowsOf(
    { id: 'bigint', pk: 'text' },
    events.map(({ id, pk }) => ({ id: Number(id), pk })),
  );
  const { replayed } = await ctx.db.transaction({
    messages: run(sql`UPDATE messages SET reported_at = NULL WHERE pk IN (SELECT j.pk FROM ${named})`),
    replayed: run(sql`UPDATE events SET reported_at = NULL
      WHERE id IN (SELECT j.id FROM ${named}) AND reported_at IS NOT NULL`),
  });
  return replayed;
}
