// The journal of what may have left: that an attempt is about to give the body to the server is written down before.
import type { Needs } from '../context.js';
import { rowsOf } from '../db/old-sql.js';

export interface HandedOver {
  pk: string;
  /** As claimed. */
  attempt: number;
}

/**
 * An attempt that dies after this is in doubt, one that dies before it has sent nothing.
 * @returns for each whether the attempt is still this process's to make
 */
export async function markHandedOver(
  ctx: Needs<'db' | 'processId'>,
  attempts: HandedOver[],
): Promise<boolean[]> {
  const rows = rowsOf(
    ctx.db.kind,
    { k: 'text', attempt: 'bigint' },
    attempts.map(({ pk, attempt }) => ({ k: pk, attempt })),
  );
  const [marked] = await ctx.db.write<[{ pk: string }[]]>((client) => [
    client.$queryRaw<{ pk: string }[]>`
      UPDATE messages AS m SET handed_over_attempt = m.attempts FROM ${rows}
      WHERE m.pk = j.k AND m.attempts = j.attempt AND m.claimed_by = ${ctx.processId} AND m.status = 'sending'
      RETURNING pk`,
  ]);
  const done = new Set(marked.map(({ pk }) => pk));
  return attempts.map(({ pk }) => done.has(pk));
}
