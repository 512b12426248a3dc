// Notes on messages that their turn came for and a full window or a resting account holds back: once, not at every try.
import type { Needs } from '../context.js';
import { lockRowsOf, rowsOf } from '../db/old-sql.js';
import { Prisma } from '../generated/sqlite/client.js';
import { finalStatus, settledRecipients, withEnded } from './settle-recipients.js';
import { nextTry } from './transitions.js';

/** A row `m` of messages is the one meant by a row of `j`, and waits to be sent. */
const waits = Prisma.sql`m.pk = j.k AND m.revision = j.rev AND m.status IN ('pending', 'deferred')`;

export interface Waiting {
  pk: string;
  revision: string;
  /** When it is tried again, milliseconds since the epoch. */
  until: number;
  reason: string;
  metadata: Record<string, unknown>;
}

/**
 * A message that waits is `deferred` until then. Only the first note makes an event; later ones move the time.
 * @returns for each whether it was the first
 */
export async function markWaiting(ctx: Needs<'db' | 'clock'>, notes: Waiting[]): Promise<boolean[]> {
  // Two jobs may be after one message.
  const each = new Map(notes.map((note) => [note.pk, note]));
  const rows = rowsOf(
    ctx.db.kind,
    { k: 'text', rev: 'text', until: 'bigint', reason: 'text', metadata: 'text' },
    [...each.values()].map(({ pk, revision, until, reason, metadata }) => ({
      k: pk,
      rev: revision,
      until,
      reason,
      metadata: JSON.stringify({ ...nextTry(until), ...metadata }),
    })),
  );
  const now = ctx.clock.now();
  const lock = lockRowsOf(ctx.db.kind, 'm');
  const [first] = await ctx.db.write<[{ message_pk: string }[], number]>((client) => [
    client.$queryRaw<{ message_pk: string }[]>`
      INSERT INTO events (tenant_id, message_pk, message_id, type, at, description, metadata)
      SELECT m.tenant_id, m.pk, m.id, 'deferred', CAST(${now} AS BIGINT), j.reason, j.metadata
      FROM ${rows} JOIN messages m ON ${waits} AND m.blocked_until IS NULL ${lock}
      RETURNING message_pk`,
    client.$executeRaw`
      UPDATE messages AS m SET status = 'deferred', blocked_until = j.until, updated_at = CAST(${now} AS BIGINT)
      FROM ${rows} WHERE ${waits} AND (m.blocked_until IS NULL OR m.blocked_until <> j.until)`,
  ]);
  const noted = new Set(first.map(({ message_pk }) => message_pk));
  return notes.map(({ pk }) => noted.has(pk));
}

/**
 * Ends messages for which there is no room within their account's limits, where it asks for that.
 * @returns how each ended; undefined: it was no longer there to be ended
 */
export async function rejectUnsent(
  ctx: Needs<'db' | 'clock'>,
  messages: { pk: string; revision: string; error: string; metadata: Record<string, unknown> }[],
): Promise<('sent' | 'error' | undefined)[]> {
  const each = new Map(messages.map((message) => [message.pk, message]));
  const rows = rowsOf(
    ctx.db.kind,
    { k: 'text', rev: 'text', error: 'text', metadata: 'text' },
    [...each.values()].map(({ pk, revision, error, metadata }) => ({
      k: pk,
      rev: revision,
      error,
      metadata: JSON.stringify(metadata),
    })),
  );
  const now = ctx.clock.now();
  const lock = lockRowsOf(ctx.db.kind, 'm');
  const error = Prisma.sql`j.error`;
  const [, ended] = await ctx.db.write<[number, { pk: string; status: 'sent' | 'error' }[]]>((client) => [
    client.$executeRaw`
      INSERT INTO events (tenant_id, message_pk, message_id, type, at, description, metadata)
      SELECT m.tenant_id, m.pk, m.id, ${finalStatus}, CAST(${now} AS BIGINT), j.error,
        ${withEnded(ctx.db.kind, Prisma.sql`j.metadata`, error)}
      FROM ${rows} JOIN messages m ON ${waits} ${lock}`,
    client.$queryRaw<{ pk: string; status: 'sent' | 'error' }[]>`
      UPDATE messages AS m SET status = ${finalStatus}, error = CASE WHEN m.sent_at IS NULL THEN j.error END,
        error_at = CASE WHEN m.sent_at IS NULL THEN CAST(${now} AS BIGINT) END,
        recipients = ${settledRecipients(ctx.db.kind, error)},
        blocked_until = NULL, next_sweep_at = NULL, updated_at = CAST(${now} AS BIGINT)
      FROM ${rows} WHERE ${waits} RETURNING pk, status`,
  ]);
  const statuses = new Map(ended.map(({ pk, status }) => [pk, status]));
  return messages.map(({ pk }) => statuses.get(pk));
}
