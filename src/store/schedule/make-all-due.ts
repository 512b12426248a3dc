// Makes every unsent message due for the sweep at once, so that the next sweep queues them all.

import type { Needs } from '../context.js';
import { sql } from '../db/sql.js';
import { run } from '../db/transaction.js';
import { isWaiting } from '../messages/status-sql.js';
import { parkedFrom } from './sweep-schedule.js';

/** So few rows a statement that no other write waits for a hundred thousand of them. */
const pageSize = 1000;
/** The priorities 0 to 3 become the times of the next sweep, so that messages are queued in the order of priority. */
const lastPriority = 3;

/** Leaves parked messages alone: they must not be on a queue. */
export async function makeAllDue(ctx: Needs<'db'>): Promise<void> {
  for (let updated = pageSize; updated === pageSize; ) {
    ({ updated } = await ctx.db.transaction({
      updated: run(sql`
        UPDATE messages SET next_sweep_at = priority
        WHERE pk IN (SELECT pk FROM messages
          WHERE next_sweep_at > ${lastPriority} AND next_sweep_at < ${parkedFrom}
            AND ${isWaiting('messages')} LIMIT ${pageSize})
          AND next_sweep_at IS NOT NULL AND ${isWaiting('messages')}`),
    }));
  }
}
