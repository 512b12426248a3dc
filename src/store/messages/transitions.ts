// Every change of a message's status, by name: which statuses it is made from, and all columns that change with it.
// docs/states.md draws them. Only upsert.ts, which stores new messages, writes a status beside this file.

import type { BounceReason } from '../../domain/bounce/reason.js';
import { inDoubt } from '../../domain/in-doubt.js';
import type { RecipientResult } from '../../domain/message.js';
import { packRecipients } from '../../domain/recipient-list.js';
import { changesFrom, type Status, waitingStatuses } from '../../domain/status.js';
import { type Sql, sql } from '../db/sql.js';
import { type RowOf, rowsOf } from '../db/sql-parts.js';
import { unlessParked } from '../schedule/sweep-schedule.js';
import { finalStatus, settledRecipients } from './settle-recipients.js';
import { hasStatus } from './status-sql.js';

export interface Transition {
  /** The assignments of an UPDATE of messages, after SET. */
  set: Sql;
  /** The condition on the row's status that lets the change through. */
  from: Sql;
}

/** How long after a claim the sweep asks whether the claiming process is still there. */
const sweepClaimAfterMs = 10_000;

/** An attempt begins. The row goes by the name `messages`. */
export function markSending({ processId, now }: { processId: string; now: number }): Transition {
  return {
    set: sql`status = 'sending', claimed_by = ${processId}, attempts = messages.attempts + 1,
      first_attempt_at = COALESCE(messages.first_attempt_at, ${now}), blocked_until = NULL,
      next_sweep_at = ${now + sweepClaimAfterMs}, updated_at = ${now}`,
    from: hasStatus('messages', changesFrom(waitingStatuses, ['sending'])),
  };
}

/** The fields that all results of an attempt have. */
export interface EndedAttempt {
  pk: string;
  /** The number of the attempt, as claimed. */
  attempt: number;
  /** Milliseconds since the epoch. */
  at: number;
  smtpCode?: number;
  /** How every recipient of the message has fared so far; absent where all fared alike. */
  recipients?: RecipientResult[];
  /** What the server's refusal means. */
  errorReason?: BounceReason | undefined;
}

const resultColumns = {
  k: 'text',
  attempt: 'bigint',
  status: 'text',
  at: 'bigint',
  sent_at: 'bigint',
  error_at: 'bigint',
  due_at: 'bigint',
  blocked_until: 'bigint',
  next_sweep_at: 'bigint',
  counts: 'bigint',
  error: 'text',
  smtp_code: 'bigint',
  error_reason: 'text',
  recipients: 'text',
} as const;

type ResultRow = RowOf<typeof resultColumns>;

/** The server has the message for good, for this attempt's recipients or those of earlier ones. */
export function markSent(ended: EndedAttempt & { takenNow: boolean }): ResultRow {
  return { ...endOf(ended, 'sent'), sent_at: ended.takenNow ? ended.at : null };
}

/** The message is tried again; the attempt counts against the retries, unless `counts` is false. */
export function markDeferred(
  ended: EndedAttempt & {
    takenNow: boolean;
    dueAt: number;
    nextSweepAt: number;
    error: string;
    counts?: boolean;
  },
): ResultRow {
  return {
    ...endOf(ended, 'deferred'),
    sent_at: ended.takenNow ? ended.at : null,
    due_at: ended.dueAt,
    next_sweep_at: ended.nextSweepAt,
    counts: ended.counts === false ? 0 : 1,
    error: ended.error,
  };
}

/** The server refused the account, not the message: the message keeps its place and its retries. */
export function markAccountRefused(
  ended: EndedAttempt & {
    blockedUntil: number;
    dueAt?: number | undefined;
    nextSweepAt: number;
    error: string;
  },
): ResultRow {
  return {
    ...endOf(ended, 'deferred'),
    blocked_until: ended.blockedUntil,
    due_at: ended.dueAt ?? null,
    next_sweep_at: ended.nextSweepAt,
    error: ended.error,
  };
}

/** No recipient has the message, and none is tried again. */
export function markFailed(ended: EndedAttempt & { error: string }): ResultRow {
  return { ...endOf(ended, 'error'), error_at: ended.at, error: ended.error };
}

/** The attempt broke off when the body may have been taken, and the account holds such messages. */
export function markInDoubt(ended: EndedAttempt): ResultRow {
  return markFailed({ ...ended, error: inDoubt });
}

type ResultStatus = Extract<Status, 'sent' | 'deferred' | 'error'>;

function endOf(
  { pk, attempt, at, smtpCode, errorReason, recipients }: EndedAttempt,
  status: ResultStatus,
): ResultRow {
  return {
    k: pk,
    attempt,
    status,
    at,
    sent_at: null,
    error_at: null,
    due_at: null,
    blocked_until: null,
    next_sweep_at: null,
    counts: 0,
    error: null,
    smtp_code: smtpCode ?? null,
    error_reason: errorReason ?? null,
    recipients: recipients === undefined ? null : JSON.stringify(packRecipients(recipients)),
  };
}

/** Attempts end with the results marked above. `rows` is the table `j` of them, beside which the row is `m`. */
export function markEnded(results: ResultRow[]): Transition & { rows: Sql } {
  return {
    rows: rowsOf(resultColumns, results),
    set: sql`status = j.status, sent_at = COALESCE(m.sent_at, j.sent_at), error_at = j.error_at, error = j.error,
      smtp_code = j.smtp_code, error_reason = j.error_reason, recipients = COALESCE(j.recipients, m.recipients),
      due_at = COALESCE(j.due_at, m.due_at), blocked_until = j.blocked_until, next_sweep_at = j.next_sweep_at,
      retry_count = m.retry_count + j.counts, updated_at = j.at`,
    from: hasStatus('m', changesFrom(['sending'], ['sent', 'deferred', 'error'])),
  };
}

/** A full window or the circuit breaker holds the message `m` back until the time `j.until`. */
export function markWaiting(now: number): Transition {
  return {
    set: sql`status = 'deferred', blocked_until = j.until, error = j.reason, updated_at = ${now}`,
    from: hasStatus('m', changesFrom(waitingStatuses, ['deferred'])),
  };
}

/** The message `m` is given up before an attempt, for the reason `j.error`. */
export function markRejected(now: number): Transition {
  const error = sql`j.error`;
  return {
    set: sql`status = ${finalStatus}, error = CASE WHEN m.sent_at IS NULL THEN ${error} END,
      error_at = CASE WHEN m.sent_at IS NULL THEN ${now} END, recipients = ${settledRecipients(error)},
      error_reason = NULL, blocked_until = NULL, next_sweep_at = NULL, updated_at = ${now}`,
    from: hasStatus('m', changesFrom(waitingStatuses, ['sent', 'error'])),
  };
}

/** How the attempt at a message `m` ends whose process died. At most one of the two conditions holds. */
interface LostAttempt {
  /** The message is held or given up, as in doubt. */
  over: Sql;
  /** The message is tried again at that time, for that reason. Where neither holds, nothing was sent: the message leaves at once. */
  again: Sql;
  dueAt: number;
  reason: string;
  /** Why it is over. */
  error: Sql;
}

/** The process that was sending the message `m` died. */
export function markLost({ over, again, dueAt, reason, error }: LostAttempt, now: number): Transition {
  return {
    set: sql`status = CASE WHEN ${over} THEN ${finalStatus} WHEN ${again} THEN 'deferred' ELSE 'pending' END,
      error = CASE WHEN ${over} AND m.sent_at IS NULL THEN ${error} WHEN ${again} THEN ${reason} END,
      error_at = CASE WHEN ${over} AND m.sent_at IS NULL THEN ${now} END,
      recipients = CASE WHEN ${over} THEN ${settledRecipients(error)} ELSE m.recipients END,
      due_at = CASE WHEN ${again} THEN ${dueAt} ELSE m.due_at END,
      next_sweep_at = CASE WHEN ${over} THEN NULL ELSE ${now} END,
      retry_count = m.retry_count + CASE WHEN ${over} THEN 0 ELSE 1 END,
      error_reason = NULL, claimed_by = NULL, updated_at = ${now}`,
    from: hasStatus('m', changesFrom(['sending'], ['sent', 'error', 'deferred', 'pending'])),
  };
}

/**
 * This process has claimed the message `m` and sent nothing: it never got the database's answer, or no connection. The
 * attempt was none, and the message's job keeps its id.
 */
export const markUnclaimed: Transition = {
  set: sql`status = 'pending', claimed_by = NULL, attempts = m.attempts - 1,
      first_attempt_at = CASE WHEN m.attempts > 1 THEN m.first_attempt_at END`,
  from: hasStatus('m', changesFrom(['sending'], ['pending'])),
};

/**
 * The message `m` is tried again at once, as if it were new, because somebody asked for it. Recipients that have it do not
 * get it again. Its jobs may keep their id, because the number of its attempts stays.
 */
export function markRetried(now: number): Transition {
  return {
    set: sql`status = 'pending', due_at = ${now}, next_sweep_at = ${unlessParked(now)}, claimed_by = NULL,
      retry_count = 0, first_attempt_at = NULL, blocked_until = NULL, handed_over_attempt = NULL, error = NULL,
      error_at = NULL, error_reason = NULL, smtp_code = NULL, reported_at = NULL,
      recipients = CASE WHEN m.sent_at IS NULL THEN NULL ELSE m.recipients END, updated_at = ${now}`,
    from: hasStatus('m', changesFrom(['deferred', 'error'], ['pending'])),
  };
}

/**
 * A message that failed is handed in again and rejected, for the reason in `excluded`. Its status stays; a repeated reason
 * changes nothing. A message that waits or was sent is left alone.
 */
export const markRejectedAgain: Transition = {
  set: sql`error = excluded.error, error_reason = NULL, error_at = excluded.error_at, revision = excluded.revision,
    account_id = excluded.account_id, reported_at = NULL, updated_at = excluded.updated_at`,
  from: sql`${hasStatus('messages', ['error'])} AND messages.sent_at IS NULL AND messages.error <> excluded.error`,
};

/**
 * An unsent message is replaced by the new one in `excluded` (ON CONFLICT), and forgets the results of the old one. A
 * message with an attempt in flight is not replaced.
 */
export const markReplaced: Transition = {
  set: sql`account_id = excluded.account_id, revision = excluded.revision, priority = excluded.priority,
    batch_code = excluded.batch_code, status = excluded.status, due_at = excluded.due_at,
    next_sweep_at = excluded.next_sweep_at, claimed_by = NULL, retry_count = 0, first_attempt_at = NULL, blocked_until = NULL,
    handed_over_attempt = NULL, recipients = NULL, error_at = NULL, error = NULL, error_reason = NULL, smtp_code = NULL,
    reported_at = NULL, content_bytes = excluded.content_bytes, updated_at = excluded.updated_at`,
  from: sql`${hasStatus('messages', changesFrom([...waitingStatuses, 'error'], ['pending']))}
    AND messages.sent_at IS NULL`,
};
