// Asks something of Redis within a call, and does not wait for ever: one that hangs takes commands and answers none.

import { Fault, reasonOf } from '../errors.js';
import type { Needs } from './context.js';

const answerWithinMs = 3000;

/** For what only Redis can do. @throws Fault `redis_unavailable` */
export async function askRedis<T>(ctx: Needs<'redis' | 'clock'>, ask: () => Promise<T>): Promise<T> {
  if (ctx.redis.status !== 'ready') throw new Fault('redis_unavailable', sentence);
  const answered = new AbortController();
  const timeOut = ctx.clock.sleep(answerWithinMs, answered.signal).then(() => {
    throw new Fault('redis_unavailable', sentence);
  });
  const asked = ask();
  // Of the two, the one that comes second is nobody's any more.
  for (const one of [timeOut, asked]) one.catch(() => undefined);
  return Promise.race([asked, timeOut]).finally(() => answered.abort());
}

/** For what is done sooner with Redis, and in time without it: by the sweep, or by jobs that find nothing to do. */
export async function tellRedis(
  ctx: Needs<'redis' | 'clock' | 'log'>,
  ask: () => Promise<unknown>,
): Promise<void> {
  await askRedis(ctx, ask).catch((error: unknown) => ctx.log.warn({ reason: reasonOf(error) }, 'Redis'));
}

const sentence = 'Redis does not answer; try again';
