// Keeps what was said in the last attempts of a message. The rows go with the message.
import type { Needs } from '../context.js';
import { type Sql, sql } from '../db/sql.js';
import { rowsOf } from '../db/sql-parts.js';
import { run } from '../db/transaction.js';

/** Of these many attempts, the last ones. */
const mostTranscripts = 3;

interface Ended {
  pk: string;
  /** The number of the attempt. */
  attempt: number;
  /** Milliseconds since the epoch. */
  at: number;
  transcript?: string;
}

/**
 * Nothing where no account keeps transcripts.
 * @param isOpen the condition that joins a row `m` of messages with a row of `j`, whose attempt is open
 */
export function addTranscripts(results: Ended[], isOpen: Sql) {
  const ended = results.flatMap(({ pk, attempt, at, transcript }) =>
    transcript === undefined ? [] : [{ k: pk, attempt, at, lines: transcript }],
  );
  if (ended.length === 0) return {};
  const table = rowsOf({ k: 'text', attempt: 'bigint', at: 'bigint', lines: 'text' }, ended);
  return {
    transcripts: run(sql`INSERT INTO attempt_transcripts (message_pk, attempt, at, lines)
      SELECT m.pk, j.attempt, j.at, j.lines FROM ${table} JOIN messages m ON ${isOpen} WHERE true
      ON CONFLICT DO NOTHING`),
    ...removeOlder(ended.filter(({ attempt }) => attempt > mostTranscripts)),
  };
}

function removeOlder(ended: { k: string; attempt: number }[]) {
  if (ended.length === 0) return {};
  const table = rowsOf({ k: 'text', attempt: 'bigint' }, ended);
  return {
    olderTranscripts: run(sql`DELETE FROM attempt_transcripts WHERE (message_pk, attempt) IN
      (SELECT t.message_pk, t.attempt FROM ${table} JOIN attempt_transcripts t
        ON t.message_pk = j.k AND t.attempt <= j.attempt - ${mostTranscripts})`),
  };
}

interface Transcripts {
  accountId: string | null;
  /** Whether the account keeps transcripts now. */
  areKept: boolean;
  /** Oldest first. `at` is when the attempt ended, in milliseconds since the epoch. */
  attempts: { attempt: number; at: number; lines: string }[];
}

/** Undefined when the tenant has no such message. */
export async function findTranscripts(
  ctx: Needs<'db'>,
  tenantId: string,
  id: string,
): Promise<Transcripts | undefined> {
  const message = await ctx.db.read.message.findUnique({
    where: { tenantId_id: { tenantId, id } },
    select: { accountId: true, transcripts: { orderBy: { attempt: 'asc' } } },
  });
  if (message === null) return undefined;
  const { accountId, transcripts } = message;
  const account =
    accountId === null
      ? null
      : await ctx.db.read.account.findUnique({
          where: { tenantId_id: { tenantId, id: accountId } },
          select: { keepTranscripts: true },
        });
  return {
    accountId,
    areKept: account?.keepTranscripts ?? false,
    attempts: transcripts.map(({ attempt, at, lines }) => ({ attempt, at: Number(at), lines })),
  };
}
