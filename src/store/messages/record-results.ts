// Ends attempts: writes the results of messages, the events to report, and the sends that count against limits.
import { toUnixSeconds } from '../../clock.js';
import { packMetadata } from '../../domain/recipient-list.js';
import type { Needs } from '../context.js';
import { batched } from '../db/per-database.js';
import { type Sql, sql } from '../db/sql.js';
import { forUpdateOf, rowsOf } from '../db/sql-parts.js';
import { rows, run } from '../db/transaction.js';
import { appendEvents } from '../events/append.js';
import { attemptName, endSlots, lockScopes, type SlotEnd } from '../limits/send-log.js';
import { putOnList } from '../suppressions/suppress-bounced.js';
import { addTranscripts } from '../transcripts/transcripts.js';
import { endInFlight } from './claims-in-flight.js';
import {
  type EndedAttempt,
  markAccountRefused,
  markDeferred,
  markEnded,
  markFailed,
  markInDoubt,
  markSent,
} from './transitions.js';

interface Recorded extends EndedAttempt {
  events: NewEvent[];
  /** The slots of limits that the attempt took. */
  slots?: SlotEnd;
  /** Ids of the mail by which a bounce may name it, beside its pk. */
  mailIds?: string[];
  /** Addresses that the server calls dead, for the suppression list of a tenant that asks for them. */
  dead?: { tenantId: string; addresses: string[] };
  /** What was said to the server, where the account keeps transcripts. */
  transcript?: string;
}

/** How an attempt ended. `takenNow`: the server took the mail for at least one recipient in this attempt. */
export type AttemptResult =
  | (Recorded & { kind: 'sent'; takenNow: boolean })
  /** Tried again at `dueAt`; the sweep checks at `nextSweepAt`. Milliseconds since the epoch. */
  | (Recorded & {
      kind: 'deferred';
      takenNow: boolean;
      dueAt: number;
      nextSweepAt: number;
      error: string;
      counts?: boolean;
    })
  /** The account's circuit breaker opened. `blockedUntil` is shown as the time of the next attempt. */
  | (Recorded & {
      kind: 'account_refused';
      blockedUntil: number;
      dueAt?: number | undefined;
      nextSweepAt: number;
      error: string;
    })
  | (Recorded & { kind: 'failed'; error: string })
  /** Held, because it is not known whether the server took the mail. */
  | (Recorded & { kind: 'in_doubt' });

export interface NewEvent {
  type: 'sent' | 'deferred' | 'error';
  description?: string;
  /** What the event tells beside the description: the server's reply, recipients, the time of the next attempt. */
  metadata: Record<string, unknown>;
  /** The event says that the circuit breaker holds the message. No event is written where the message's last event says the same. */
  ofBreaker?: true;
}

/** The status of the message after the attempt. */
export function statusAfter({ kind }: Pick<AttemptResult, 'kind'>): 'sent' | 'deferred' | 'error' {
  if (kind === 'sent') return 'sent';
  return kind === 'deferred' || kind === 'account_refused' ? 'deferred' : 'error';
}

type RecordNeeds = Needs<'db' | 'clock' | 'processId' | 'sendClock'>;

/**
 * Writes each result if the attempt is still this process's. A result that comes after another process has taken the
 * message over changes nothing of the message, and its answer is false. Limits count it all the same.
 */
export async function recordResults(
  ctx: Omit<RecordNeeds, 'clock'>,
  results: AttemptResult[],
): Promise<boolean[]> {
  const slots = results.flatMap(({ slots: ended }) => ended ?? []);
  const { rows: table, set, from } = markEnded(results.map(toRow));
  const isOpen = sql`m.pk = j.k AND m.attempts = j.attempt AND m.claimed_by = ${ctx.processId} AND ${from}`;
  const { ended } = await ctx.db.transaction({
    ...(slots.length > 0 && { ...lockScopes(slots), ...endSlots(slots, ctx.sendClock()) }),
    // Before the update, while the attempts are still open: a result that is written again, because the answer to the
    // first try was lost, makes no second event. The lock keeps the rows as they are until the update.
    events: eventsOf(results, isOpen),
    ...addMailIds(results, isOpen),
    ...addTranscripts(results, isOpen),
    ...suppressRefused(results),
    ended: rows<{ pk: string }>(
      sql`UPDATE messages AS m SET ${set} FROM ${table} WHERE ${isOpen} RETURNING pk`,
    ),
  });
  const done = new Set(ended.map(({ pk }) => pk));
  return results.map(({ pk }) => done.has(pk));
}

const recordTogether = batched((ctx: RecordNeeds, results: AttemptResult[]) => recordResults(ctx, results));

/** As `recordResults` for one attempt of this process, which is no longer in flight then. */
export async function recordBatched(ctx: RecordNeeds, result: AttemptResult): Promise<boolean> {
  const isRecorded = await recordTogether(ctx, result);
  endInFlight(ctx, result.pk);
  return isRecorded;
}

function toRow(result: AttemptResult) {
  switch (result.kind) {
    case 'sent':
      return markSent(result);
    case 'deferred':
      return markDeferred(result);
    case 'account_refused':
      return markAccountRefused(result);
    case 'failed':
      return markFailed(result);
    case 'in_doubt':
      return markInDoubt(result);
  }
}

/** An address is dead whether or not this result still counts. */
function suppressRefused(results: AttemptResult[]) {
  const found = results.flatMap(({ pk, dead }) =>
    (dead?.addresses ?? []).map((address) => ({
      pk,
      tenantId: dead?.tenantId ?? '',
      address,
      reason: 'hard_bounce' as const,
    })),
  );
  const now = Math.max(...results.map(({ at }) => at));
  return found.length === 0 ? {} : { suppressed: run(putOnList(found, 'sending', sql`true`, now)) };
}

/** Nothing where no mail has an id that its pk does not tell. */
function addMailIds(results: AttemptResult[], isOpen: Sql) {
  const ids = results.flatMap(({ pk, attempt, mailIds = [] }) =>
    mailIds.map((id) => ({ k: pk, attempt, mail_id: id })),
  );
  if (ids.length === 0) return {};
  const table = rowsOf({ k: 'text', attempt: 'bigint', mail_id: 'text' }, ids);
  return {
    mailIds: run(sql`INSERT INTO mail_ids (id, message_pk) SELECT j.mail_id, m.pk
      FROM ${table} JOIN messages m ON ${isOpen} WHERE true ON CONFLICT DO NOTHING`),
  };
}

/** @param isOpen the condition that joins a row `m` of messages with a row of `j`, whose attempt is open */
function eventsOf(results: AttemptResult[], isOpen: Sql) {
  const table = rowsOf(
    {
      k: 'text',
      attempt: 'bigint',
      at: 'bigint',
      type: 'text',
      description: 'text',
      metadata: 'text',
      of_breaker: 'bigint',
    },
    results.flatMap(({ pk, attempt, at, events }) =>
      events.map(({ type, description, metadata, ofBreaker }) => ({
        k: pk,
        attempt,
        at,
        type,
        description: description ?? null,
        metadata: Object.keys(metadata).length > 0 ? JSON.stringify(packMetadata(metadata)) : null,
        of_breaker: ofBreaker ? 1 : 0,
      })),
    ),
  );
  const lastSaysSo = sql`EXISTS (SELECT 1 FROM events e
    WHERE e.id = (SELECT MAX(l.id) FROM events l WHERE l.message_pk = m.pk) AND e.of_breaker = true)`;
  return appendEvents({
    type: sql`j.type`,
    at: sql`j.at`,
    description: sql`j.description`,
    metadata: sql`j.metadata`,
    ofBreaker: sql`j.of_breaker = 1`,
    from: sql`${table} JOIN messages m ON ${isOpen} WHERE j.of_breaker = 0 OR NOT ${lastSaysSo} ${forUpdateOf('m')}`,
  });
}

/**
 * Why a result changed nothing: how the attempt had ended before. `recorded`: an earlier try stored this result, but the
 * answer was lost.
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

/** The slots that an attempt gives back or leaves in the log; undefined when it took none. */
export function slotsOf(
  message: { pk: string; tenantId: string; attempts: number; counted: boolean },
  accountId: string | null,
  taken: boolean,
): SlotEnd | undefined {
  if (!message.counted) return undefined;
  const { tenantId, pk, attempts } = message;
  return { tenantId, accountId, attempt: attemptName(pk, attempts), taken };
}

/** The time of the next attempt, as the metadata of events tells it. */
export function nextTry(ms: number): { deferred_ts: number } {
  return { deferred_ts: toUnixSeconds(ms) };
}
