// Ends attempts: writes what became of messages, the events that are to be reported, and what counts against limits.
import { toUnixSeconds } from '../../clock.js';
import type { RecipientResult } from '../../domain/message.js';
import type { Needs } from '../context.js';
import { lockRowsOf, rowsOf } from '../db/old-sql.js';
import type { Client } from '../db/open.js';
import { Prisma } from '../generated/sqlite/client.js';
import { attemptName, endSlots, lockScopes, type SlotEnd } from '../limits/send-log.js';

export interface AttemptResult {
  pk: string;
  /** The attempt this is the result of, as claimed. */
  attempt: number;
  status: 'sent' | 'deferred' | 'error';
  at: number;
  /** Whether the server took the mail for somebody. */
  taken: boolean;
  /** When it is tried next; only for `deferred`. */
  dueAt?: number;
  /** Shown as the time of the next try in place of `dueAt`: the account rests until then. */
  blockedUntil?: number;
  /** When the sweep looks after it; only for `deferred`. */
  nextSweepAt?: number;
  /** Whether this attempt is one of those that a temporary failure is worth; only for `deferred`. */
  countsAsAttempt?: boolean;
  error?: string;
  smtpCode?: number;
  /** How every recipient of the message has fared so far, where not all alike. */
  recipients?: RecipientResult[];
  events: NewEvent[];
  /** The slots of limits that the attempt took. */
  slots?: SlotEnd;
}

export interface NewEvent {
  type: 'sent' | 'deferred' | 'error';
  description?: string;
  /** What it tells beside the description: the server's reply, recipients, the time of the next attempt. */
  metadata: Record<string, unknown>;
  /** Says that the account rests: left out where the last event of the message says so already. */
  ofRest?: true;
}

const columns = {
  k: 'text',
  attempt: 'bigint',
  status: 'text',
  at: 'bigint',
  sent_at: 'bigint',
  due_at: 'bigint',
  blocked_until: 'bigint',
  next_sweep_at: 'bigint',
  counts_as_attempt: 'bigint',
  error: 'text',
  code: 'bigint',
  recipients: 'text',
} as const;

type Row = {
  [K in keyof typeof columns]: (typeof columns)[K] extends 'text' ? string | null : number | null;
};

type RecordNeeds = Needs<'db' | 'processId' | 'sendClock'>;

/**
 * Writes each result if the attempt is still this process's; a result that comes after another process has taken the
 * message over changes nothing of the message, and its answer is false. Limits count it all the same.
 */
export async function recordResults(ctx: RecordNeeds, results: AttemptResult[]): Promise<boolean[]> {
  const slots = results.flatMap(({ slots: ended }) => ended ?? []);
  const answers = await ctx.db.write<unknown[]>((client) => [
    ...(slots.length > 0 ? lockScopes(ctx, client, slots) : []),
    ...(slots.length > 0 ? endSlots(ctx, client, slots, ctx.sendClock()) : []),
    addEvents(ctx, client, results),
    update(ctx, client, results.map(toRow)),
  ]);
  const done = new Set((answers.at(-1) as { pk: string }[]).map(({ pk }) => pk));
  return results.map(({ pk }) => done.has(pk));
}

/**
 * What has become of an attempt whose result was not taken; `recorded`: it was taken before, but the answer to that was
 * lost.
 */
export async function findEnd(
  ctx: Needs<'db' | 'processId'>,
  { pk, revision, attempts }: { pk: string; revision: string; attempts: number },
): Promise<'deleted' | 'replaced' | 'given back' | 'recorded'> {
  const select = { revision: true, attempts: true, claimedBy: true };
  const now = await ctx.db.read.message.findUnique({ where: { pk }, select });
  if (now === null) return 'deleted';
  if (now.revision !== revision) return 'replaced';
  return now.attempts === attempts && now.claimedBy === ctx.processId ? 'recorded' : 'given back';
}

/** What an attempt that was counted gives back or leaves in the log. */
export function slotsOf(
  message: { pk: string; tenantId: string; attempts: number; counted: boolean },
  accountId: string | null,
  taken: boolean,
): SlotEnd | undefined {
  if (!message.counted) return undefined;
  const { tenantId, pk, attempts } = message;
  return { tenantId, accountId, attempt: attemptName(pk, attempts), taken };
}

function toRow(result: AttemptResult): Row {
  return {
    k: result.pk,
    attempt: result.attempt,
    status: result.status,
    at: result.at,
    sent_at: result.taken ? result.at : null,
    due_at: result.dueAt ?? null,
    blocked_until: result.blockedUntil ?? null,
    next_sweep_at: result.nextSweepAt ?? null,
    counts_as_attempt: result.countsAsAttempt ? 1 : 0,
    error: result.error ?? null,
    code: result.smtpCode ?? null,
    recipients: result.recipients === undefined ? null : JSON.stringify(result.recipients),
  };
}

function update(ctx: RecordNeeds, client: Client, rows: Row[]) {
  return client.$queryRaw<{ pk: string }[]>`
    UPDATE messages AS m
    SET status = j.status,
      sent_at = COALESCE(m.sent_at, j.sent_at),
      error_at = CASE WHEN j.status = 'error' THEN j.at END,
      error = j.error, smtp_code = j.code, recipients = COALESCE(j.recipients, m.recipients),
      due_at = COALESCE(j.due_at, m.due_at), blocked_until = j.blocked_until, next_sweep_at = j.next_sweep_at,
      retry_count = m.retry_count + CAST(j.counts_as_attempt AS INTEGER),
      updated_at = j.at
    FROM ${rowsOf(ctx.db.kind, columns, rows)}
    WHERE ${stillOpen(ctx)}
    RETURNING pk`;
}

/**
 * Comes first, while the attempts are still open: a result that is written again, because nobody knows whether the
 * first time was committed, makes no second event. The lock keeps the rows as they are until the update.
 */
function addEvents(ctx: RecordNeeds, client: Client, results: AttemptResult[]) {
  const lock = lockRowsOf(ctx.db.kind, 'm');
  const rows = results.flatMap(({ pk, attempt, at, events }) =>
    events.map(({ type, description, metadata, ofRest }) => ({
      k: pk,
      attempt,
      at,
      type,
      description: description ?? null,
      metadata: Object.keys(metadata).length > 0 ? JSON.stringify(metadata) : null,
      of_rest: ofRest ? 1 : 0,
    })),
  );
  const table = rowsOf(
    ctx.db.kind,
    {
      k: 'text',
      attempt: 'bigint',
      at: 'bigint',
      type: 'text',
      description: 'text',
      metadata: 'text',
      of_rest: 'bigint',
    },
    rows,
  );
  const saysSoAlready = Prisma.sql`EXISTS (SELECT 1 FROM events e
    WHERE e.id = (SELECT MAX(l.id) FROM events l WHERE l.message_pk = m.pk)
      AND e.type = 'deferred' AND e.metadata LIKE '%"account_rests":true%')`;
  return client.$executeRaw`
    INSERT INTO events (tenant_id, message_pk, message_id, type, at, description, metadata)
    SELECT m.tenant_id, m.pk, m.id, j.type, j.at, j.description, j.metadata
    FROM ${table} JOIN messages m ON ${stillOpen(ctx)}
    WHERE j.of_rest = 0 OR NOT ${saysSoAlready} ${lock}`;
}

function stillOpen(ctx: Needs<'processId'>) {
  return Prisma.sql`m.pk = j.k AND m.attempts = j.attempt AND m.claimed_by = ${ctx.processId} AND m.status = 'sending'`;
}

/** When it is tried next, as events tell it. */
export function nextTry(ms: number): { deferred_ts: number } {
  return { deferred_ts: toUnixSeconds(ms) };
}
