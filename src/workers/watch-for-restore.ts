// Checks every second whether Redis lost its data or the clock was set back, and then queues the unsent messages again.
import { reasonOf } from '../errors.js';
import { restoreAfterLoss, restoreAfterSetBack } from '../maintenance/restore-after-redis-loss.js';
import { isUnavailable } from '../store/db/unavailable.js';
import type { WorkersContext } from './context.js';
import { watchClock } from './detect-clock-set-back.js';

const checkEveryMs = 1000;

/** @returns a function that ends the watch */
export function watchForRestore(ctx: WorkersContext): () => void {
  const wasClockSetBack = watchClock(ctx.clock);
  let isRunning = false;
  /** Stays true until a restore has succeeded. */
  let isSetBack = false;

  async function restore(): Promise<void> {
    await restoreAfterLoss(ctx);
    if (!isSetBack) return;
    await restoreAfterSetBack(ctx);
    isSetBack = false;
  }

  return ctx.clock.every(checkEveryMs, () => {
    isSetBack = wasClockSetBack() || isSetBack;
    if (isRunning || ctx.redis.status !== 'ready') return;
    isRunning = true;
    restore()
      .catch((error: unknown) => logFault(ctx, error))
      .finally(() => {
        isRunning = false;
      });
  });
}

/** While Redis or the database is away a restore fails and is repeated. Any other fault is logged as an error. */
function logFault(ctx: WorkersContext, error: unknown): void {
  const event = 'redis.restore_failed';
  const sentence = 'Checking whether Redis lost its data failed; trying again';
  if (isUnavailable(error) || ctx.redis.status !== 'ready') {
    ctx.log.warn({ event, reason: reasonOf(error) }, sentence);
  } else ctx.log.error({ event, err: error }, sentence);
}
