// Watches whether Redis can be trusted: it must delete no job by itself, and serve no other installation under our prefix.
import { reasonOf } from '../../errors.js';
import type { Needs, RedisWatch } from '../context.js';
import { claimRedis } from './claim-redis.js';
import { whyEvicting } from './connect-redis.js';

const checkEveryMs = 1000;
/** A Redis that hangs takes commands and answers none. */
const answerWithinMs = 3000;

/**
 * Both conditions held at the start. Somebody may change the policy later, and after FLUSHALL the mark of this
 * installation has to be set again. A fault is logged once, and once more when it is over.
 */
export function openRedisWatch(
  ctx: Needs<'redis' | 'config' | 'clock' | 'log'>,
  instanceId: string,
): RedisWatch {
  let fault: string | undefined;
  /** Since when a check has been waiting for its answer. */
  let askedAt: number | undefined;

  async function check(): Promise<string | undefined> {
    const found = (await whyEvicting(ctx.redis)) ?? (await claimRedis(ctx, instanceId));
    if (found === fault) return fault;
    fault = found;
    if (found === undefined) ctx.log.info({ event: 'redis.trusted' }, 'Redis can be trusted again');
    else ctx.log.error({ event: 'redis.not_trusted' }, found);
    return fault;
  }

  const stop = ctx.clock.every(checkEveryMs, () => {
    if (ctx.redis.status !== 'ready') return;
    askedAt ??= ctx.clock.now();
    check()
      .catch((error: unknown) =>
        ctx.log.debug({ event: 'redis.not_checked', reason: reasonOf(error) }, 'Redis could not be checked'),
      )
      .finally(() => {
        askedAt = undefined;
      });
  });
  return {
    fault() {
      const isHanging = askedAt !== undefined && ctx.clock.now() - askedAt > answerWithinMs;
      return ctx.redis.status === 'ready' && !isHanging ? fault : 'does not answer';
    },
    check,
    close: stop,
  };
}
