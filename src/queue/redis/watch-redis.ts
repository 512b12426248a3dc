// Watches whether Redis can be trusted: it must delete no job by itself, and serve no other installation under our prefix.
import { reasonOf } from '../../errors.js';
import type { Needs, RedisWatch } from '../context.js';
import { claimRedis } from './claim-redis.js';
import { whyEvicting } from './connect-redis.js';

const checkEveryMs = 1000;

/**
 * Both conditions held at the start. Somebody may change the policy later, and after FLUSHALL the mark of this
 * installation has to be set again. A fault is logged once, and once more when it is over.
 */
export function openRedisWatch(
  ctx: Needs<'redis' | 'config' | 'clock' | 'log'>,
  instanceId: string,
): RedisWatch {
  let fault: string | undefined;

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
    check().catch((error: unknown) =>
      ctx.log.debug({ event: 'redis.not_checked', reason: reasonOf(error) }, 'Redis could not be checked'),
    );
  });
  return {
    fault: () => (ctx.redis.status === 'ready' ? fault : 'does not answer'),
    check,
    close: stop,
  };
}
