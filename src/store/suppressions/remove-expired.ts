// Removes entries of suppression lists whose time is over.
import type { Needs } from '../context.js';
import { sql } from '../db/sql.js';
import { run } from '../db/transaction.js';

/** An entry has no effect from its expiry on, so that nothing waits for this. */
export async function removeExpiredSuppressions(ctx: Needs<'db' | 'clock'>): Promise<void> {
  await ctx.db.transaction({
    removed: run(sql`DELETE FROM suppressions WHERE expires_at <= ${ctx.clock.now()}`),
  });
}
