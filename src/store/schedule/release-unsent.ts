// Takes back claims of this process for which nothing was sent: the messages wait again, and the slots of limits are free.
import type { Needs } from '../context.js';
import { batched } from '../db/per-database.js';
import { sql } from '../db/sql.js';
import { rowsOf } from '../db/sql-parts.js';
import { run } from '../db/transaction.js';
import { attemptName } from '../limits/send-log.js';
import { endInFlight } from '../messages/claims-in-flight.js';
import { markUnclaimed } from '../messages/transitions.js';

interface Unsent {
  pk: string;
  /** The number of the attempt, as claimed. */
  attempts: number;
}

type ReleaseNeeds = Needs<'db' | 'processId'>;

/**
 * An attempt is released only as it was read, because it may end meanwhile and the next one begin.
 * @returns how many attempts
 */
export async function releaseUnsent(ctx: ReleaseNeeds, claims: Unsent[]): Promise<number> {
  const table = rowsOf(
    { k: 'text', attempt: 'bigint', slot: 'text' },
    claims.map(({ pk, attempts }) => ({ k: pk, attempt: attempts, slot: attemptName(pk, attempts) })),
  );
  const { set, from } = markUnclaimed;
  const ours = sql`m.pk = j.k AND m.attempts = j.attempt AND ${from} AND m.claimed_by = ${ctx.processId}`;
  const { released } = await ctx.db.transaction({
    slotsFreed: run(sql`DELETE FROM send_slots
      WHERE attempt IN (SELECT j.slot FROM ${table} JOIN messages m ON ${ours})`),
    released: run(sql`UPDATE messages AS m SET ${set} FROM ${table} WHERE ${ours}`),
  });
  return released;
}

const releaseTogether = batched(async (ctx: ReleaseNeeds & Needs<'clock'>, claims: Unsent[]) => {
  await releaseUnsent(ctx, claims);
  return claims;
});

/** As `releaseUnsent` for one attempt of this process, which is no longer in flight then. */
export async function releaseUnsentBatched(
  ctx: ReleaseNeeds & Needs<'clock'>,
  { pk, attempts }: Unsent,
): Promise<void> {
  await releaseTogether(ctx, { pk, attempts });
  endInFlight(ctx, pk);
}
