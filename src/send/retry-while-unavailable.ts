// Repeats a step until the database is back; every other fault goes to the caller at once.
import { reasonOf } from '../errors.js';
import { isUnavailable } from '../store/db/unavailable.js';
import { isContention } from '../store/db/write-gate.js';
import type { Needs } from './context.js';

const longestPauseMs = 5000;

/**
 * For the steps after a claim: the mail may have left already, so its result must not get lost in an outage.
 * @throws what `step` throws, unless the database is unavailable or two writes got in each other's way
 */
export async function retryWhileUnavailable<T>(
  ctx: Needs<'clock' | 'log'>,
  step: () => Promise<T>,
): Promise<T> {
  for (let n = 1; ; n++) {
    try {
      return await step();
    } catch (error) {
      if (!isUnavailable(error) && !isContention(error)) throw error;
      const event = 'attempt.database_unavailable';
      ctx.log.error({ event, reason: reasonOf(error) }, 'An attempt waits until the database answers');
      await ctx.clock.sleep(Math.min(100 * 2 ** n, longestPauseMs));
    }
  }
}
