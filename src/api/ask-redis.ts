// Asks Redis within a call, with a time limit, because a Redis that hangs accepts commands and never answers.
import { Fault, reasonOf } from '../errors.js';
import type { Needs } from './context.js';

const answerWithinMs = 3000;

/** For calls that cannot be done without Redis. @throws Fault `redis_unavailable` */
export async function askRedis<T>(ctx: Needs<'redis' | 'clock'>, ask: () => Promise<T>): Promise<T> {
  if (ctx.redis.status !== 'ready') throw new Fault('redis_unavailable', sentence);
  const answered = new AbortController();
  const timeOut = ctx.clock.sleep(answerWithinMs, answered.signal).then(() => {
    throw new Fault('redis_unavailable', sentence);
  });
  const asked = ask();
  // Ignore the loser's rejection; nothing awaits it after the race.
  for (const one of [timeOut, asked]) one.catch(() => undefined);
  return Promise.race([asked, timeOut]).finally(() => answered.abort());
}

/** For work that Redis only speeds up. Without Redis, the sweep does it later. */
export async function tellRedis(
  ctx: Needs<'redis' | 'clock' | 'log'>,
  ask: () => Promise<unknown>,
): Promise<void> {
  await askRedis(ctx, ask).catch((error: unknown) =>
    ctx.log.warn(
      { event: 'redis.unavailable', reason: reasonOf(error) },
      'Redis did not answer a call; the sweep catches up',
    ),
  );
}

const sentence = 'Redis does not answer; try again';
