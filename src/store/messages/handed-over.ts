// The journal of mails that may have left: an attempt is noted here before it hands the body to the server.
import type { Needs } from '../context.js';
import { batched } from '../db/per-database.js';
import { sql } from '../db/sql.js';
import { rowsOf } from '../db/sql-parts.js';
import { rows } from '../db/transaction.js';

interface HandedOver {
  pk: string;
  /** The number of the attempt, as claimed. */
  attempt: number;
}

/**
 * An attempt whose process dies after this is in doubt; one whose process dies before it has sent nothing.
 * @returns for each whether this process may still make the attempt
 */
export async function markHandedOver(
  ctx: Needs<'db' | 'processId'>,
  attempts: HandedOver[],
): Promise<boolean[]> {
  const table = rowsOf(
    { k: 'text', attempt: 'bigint' },
    attempts.map(({ pk, attempt }) => ({ k: pk, attempt })),
  );
  const { marked } = await ctx.db.transaction({
    marked: rows<{ pk: string }>(sql`UPDATE messages AS m SET handed_over_attempt = m.attempts FROM ${table}
      WHERE m.pk = j.k AND m.attempts = j.attempt AND m.claimed_by = ${ctx.processId} AND m.status = 'sending'
      RETURNING pk`),
  });
  const done = new Set(marked.map(({ pk }) => pk));
  return attempts.map(({ pk }) => done.has(pk));
}

/** As `markHandedOver` for one attempt. */
export const markHandedOverBatched = batched(
  (ctx: Needs<'db' | 'clock' | 'processId'>, attempts: HandedOver[]) => markHandedOver(ctx, attempts),
);
