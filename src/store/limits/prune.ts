// Forgets sends that no window of any limit reaches back to.
import type { Needs } from '../context.js';
import { sql } from '../db/sql.js';
import { run } from '../db/transaction.js';
import { dayMs } from './window.js';

const pageSize = 1000;
const mostPages = 100;

/** In small statements, so that nothing waits long for one of them. @returns how many */
export async function pruneSendLog(ctx: Needs<'db' | 'sendClock'>): Promise<number> {
  const before = ctx.sendClock() - 2 * dayMs;
  let total = 0;
  for (let page = 0; page < mostPages; page += 1) {
    const { pruned } = await ctx.db.transaction({
      pruned: run(sql`DELETE FROM send_log WHERE (scope, n) IN (
        SELECT scope, n FROM send_log WHERE at < ${before} ORDER BY at LIMIT ${pageSize})`),
    });
    total += pruned;
    if (pruned < pageSize) break;
  }
  return total;
}
