// Ends attempts: writes what became of messages, and the events that are to be reported.
import { toUnixSeconds } from '../clock.js';
import type { Needs } from '../context.js';
import type { Client } from './db.js';
import { Prisma } from './generated/sqlite/client.js';
import { rowsOf } from './sql.js';

export interface AttemptResult {
  pk: string;
  /** The attempt this is the result of, as claimed. */
  attempt: number;
  status: 'sent' | 'deferred' | 'error';
  at: number;
  /** When it is tried next; only for `deferred`. */
  dueAt?: number;
  /** When the sweep looks after it; only for `deferred`. */
  checkAt?: number;
  error?: string;
  smtpCode?: number;
  /** What the events page tells beside the error: the server's reply, refused recipients. */
  metadata?: Record<string, unknown>;
}

interface Row {
  k: string;
  attempt: number;
  status: string;
  at: number;
  due_at: number | null;
  check_at: number | null;
  error: string | null;
  code: number | null;
  metadata: string | null;
}

const columns = {
  k: 'text',
  attempt: 'bigint',
  status: 'text',
  at: 'bigint',
  due_at: 'bigint',
  check_at: 'bigint',
  error: 'text',
  code: 'bigint',
  metadata: 'text',
} as const;

/**
 * Writes each result if the attempt is still this process's; a result that comes after another process has taken the
 * message over changes nothing, and its answer is false.
 */
export async function recordResults(
  ctx: Needs<'db' | 'processId'>,
  results: AttemptResult[],
): Promise<boolean[]> {
  const rows = results.map(toRow);
  const [, updated] = await ctx.db.write<[number, { pk: string }[]]>((client) => [
    addEvents(ctx, client, rows),
    update(ctx, client, rows),
  ]);
  const done = new Set(updated.map(({ pk }) => pk));
  return results.map(({ pk }) => done.has(pk));
}

function toRow(result: AttemptResult): Row {
  const next = result.dueAt === undefined ? {} : { deferred_ts: toUnixSeconds(result.dueAt) };
  const metadata = { ...next, ...result.metadata };
  return {
    k: result.pk,
    attempt: result.attempt,
    status: result.status,
    at: result.at,
    due_at: result.dueAt ?? null,
    check_at: result.checkAt ?? null,
    error: result.error ?? null,
    code: result.smtpCode ?? null,
    metadata: Object.keys(metadata).length > 0 ? JSON.stringify(metadata) : null,
  };
}

function update(ctx: Needs<'db' | 'processId'>, client: Client, rows: Row[]) {
  return client.$queryRaw<{ pk: string }[]>`
    UPDATE messages AS m
    SET status = j.status,
      sent_at = CASE WHEN j.status = 'sent' THEN j.at END,
      error_at = CASE WHEN j.status = 'error' THEN j.at END,
      error = j.error, smtp_code = j.code,
      due_at = COALESCE(j.due_at, m.due_at), check_at = j.check_at,
      retry_count = m.retry_count + CASE WHEN j.status = 'deferred' THEN 1 ELSE 0 END,
      updated_at = j.at
    FROM ${rowsOf(ctx.db.kind, columns, rows)}
    WHERE ${stillOpen(ctx)}
    RETURNING pk`;
}

/**
 * Comes first, while the attempts are still open: a result that is written again, because nobody knows whether the
 * first time was committed, makes no second event. The lock keeps the rows as they are until the update.
 */
function addEvents(ctx: Needs<'db' | 'processId'>, client: Client, rows: Row[]) {
  const lock = ctx.db.kind === 'postgresql' ? Prisma.sql`FOR UPDATE OF m` : Prisma.empty;
  return client.$executeRaw`
    INSERT INTO events (tenant_id, message_pk, message_id, type, at, description, metadata)
    SELECT m.tenant_id, m.pk, m.id, j.status, j.at, j.error, j.metadata
    FROM ${rowsOf(ctx.db.kind, columns, rows)} JOIN messages m ON ${stillOpen(ctx)} ${lock}`;
}

function stillOpen(ctx: Needs<'processId'>) {
  return Prisma.sql`m.pk = j.k AND m.attempts = j.attempt AND m.claimed_by = ${ctx.processId} AND m.status = 'sending'`;
}
