// Messages that are blocked when a worker takes them: held back for a while, with an event at the first try and not at
// every one, or given up.
import type { Needs } from '../context.js';
import { batched } from '../db/per-database.js';
import { sql } from '../db/sql.js';
import { forUpdateOf, rowsOf } from '../db/sql-parts.js';
import { rows, run } from '../db/transaction.js';
import { appendEvents, appendEventsReturning } from '../events/append.js';
import { nextTry } from './record-results.js';
import { finalStatus, withSettled } from './settle-recipients.js';
import { markRejected, markWaiting } from './transitions.js';

interface WaitingNote {
  pk: string;
  revision: string;
  /** When the message is tried again, milliseconds since the epoch. */
  until: number;
  reason: string;
  metadata: Record<string, unknown>;
  /** The circuit breaker of the account holds the message, not a limit. */
  ofBreaker: boolean;
}

/**
 * A message that is held back is `deferred` until then. Only the first note makes an event; later ones move the time.
 * @returns for each whether it was the first
 */
export async function noteWaiting(ctx: Needs<'db' | 'clock'>, notes: WaitingNote[]): Promise<boolean[]> {
  // Two jobs may be after one message.
  const byPk = new Map(notes.map((note) => [note.pk, note]));
  const table = rowsOf(
    { k: 'text', rev: 'text', until: 'bigint', reason: 'text', metadata: 'text', of_breaker: 'bigint' },
    [...byPk.values()].map(({ pk, revision, until, reason, metadata, ofBreaker }) => ({
      k: pk,
      rev: revision,
      until,
      reason,
      metadata: JSON.stringify({ ...nextTry(until), ...metadata }),
      of_breaker: ofBreaker ? 1 : 0,
    })),
  );
  const now = ctx.clock.now();
  const { set, from } = markWaiting(now);
  const isMeant = sql`m.pk = j.k AND m.revision = j.rev AND ${from}`;
  const { first } = await ctx.db.transaction({
    first: appendEventsReturning({
      type: sql`'deferred'`,
      at: sql`${now}`,
      description: sql`j.reason`,
      metadata: sql`j.metadata`,
      ofBreaker: sql`j.of_breaker = 1`,
      from: sql`${table} JOIN messages m ON ${isMeant} AND m.blocked_until IS NULL ${forUpdateOf('m')}`,
    }),
    moved: run(sql`UPDATE messages AS m SET ${set} FROM ${table}
      WHERE ${isMeant} AND (m.blocked_until IS NULL OR m.blocked_until <> j.until)`),
  });
  const noted = new Set(first.map(({ message_pk }) => message_pk));
  return notes.map(({ pk }) => noted.has(pk));
}

/** As `noteWaiting` for one message. */
export const noteWaitingBatched = batched((ctx: Needs<'db' | 'clock'>, notes: WaitingNote[]) =>
  noteWaiting(ctx, notes),
);

interface Rejection {
  pk: string;
  revision: string;
  error: string;
  metadata: Record<string, unknown>;
}

/**
 * Ends messages for which there is no room within their account's limits, where the account asks for that
 * (`limit_behavior: reject`).
 * @returns how each ended; undefined: it was no longer there to be ended
 */
export async function rejectUnsent(
  ctx: Needs<'db' | 'clock'>,
  messages: Rejection[],
): Promise<('sent' | 'error' | undefined)[]> {
  const byPk = new Map(messages.map((message) => [message.pk, message]));
  const table = rowsOf(
    { k: 'text', rev: 'text', error: 'text', metadata: 'text' },
    [...byPk.values()].map(({ pk, revision, error, metadata }) => ({
      k: pk,
      rev: revision,
      error,
      metadata: JSON.stringify(metadata),
    })),
  );
  const now = ctx.clock.now();
  const { set, from } = markRejected(now);
  const isMeant = sql`m.pk = j.k AND m.revision = j.rev AND ${from}`;
  const { ended } = await ctx.db.transaction({
    events: appendEvents({
      type: finalStatus,
      at: sql`${now}`,
      description: sql`j.error`,
      metadata: withSettled(sql`j.metadata`, sql`j.error`),
      from: sql`${table} JOIN messages m ON ${isMeant} ${forUpdateOf('m')}`,
    }),
    ended: rows<{ pk: string; status: 'sent' | 'error' }>(sql`UPDATE messages AS m SET ${set}
      FROM ${table} WHERE ${isMeant} RETURNING pk, status`),
  });
  const statuses = new Map(ended.map(({ pk, status }) => [pk, status]));
  return messages.map(({ pk }) => statuses.get(pk));
}
