// Forgets sends that no window of any limit reaches back to.
import type { Needs } from '../context.js';
import { dayMs } from './send-log.js';

const pageSize = 1000;
const mostPages = 100;

/** In small statements, so that nothing waits long for one of them. @returns how many */
export async function pruneSendLog(ctx: Needs<'db' | 'sendClock'>): Promise<number> {
  const before = ctx.sendClock() - 2 * dayMs;
  let pruned = 0;
  for (let page = 0; page < mostPages; page += 1) {
    const [count] = await ctx.db.write<[number]>((client) => [
      client.$executeRaw`DELETE FROM send_log WHERE (scope, n) IN (
        SELECT scope, n FROM send_log WHERE at < CAST(${before} AS BIGINT) ORDER BY at LIMIT ${pageSize})`,
    ]);
    pruned += count;
    if (count < pageSize) break;
  }
  return pruned;
}
