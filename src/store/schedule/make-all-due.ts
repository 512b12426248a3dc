// Makes the time for a look of every unsent message come now, so that the next sweep queues them: page by page, so that
// nothing waits for a hundred thousand rows.
import type { Needs } from '../context.js';
import { parkedFrom } from './sweep-schedule.js';

const pageSize = 1000;
/** Looks are due in the order in which the messages are to leave: by priority, 0 to 3. */
const lastPriority = 3;

/** Not what is put aside: that is on no queue, and not to be. */
export async function makeAllDue(ctx: Needs<'db'>): Promise<void> {
  for (let updated = pageSize; updated === pageSize; ) {
    [updated] = await ctx.db.write<[number]>((client) => [
      client.$executeRaw`
        UPDATE messages SET next_sweep_at = priority
        WHERE pk IN (SELECT pk FROM messages
          WHERE next_sweep_at > ${lastPriority} AND next_sweep_at < CAST(${parkedFrom} AS BIGINT)
            AND status IN ('pending', 'deferred') LIMIT ${pageSize})
          AND next_sweep_at IS NOT NULL AND status IN ('pending', 'deferred')`,
    ]);
  }
}
