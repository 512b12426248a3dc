// The marker in Redis that says for which run of Redis the queues were restored. A missing or older marker means that
// queued jobs may have been lost.
import type { Redis } from 'ioredis';
import type { Needs } from '../context.js';
import { readInfo } from './connect-redis.js';

const checkAgainMs = 50;

const markerKey = ({ config }: Needs<'config'>) => `${config.redisPrefix}:marker`;

/**
 * Whether the queues are restored, at least their first messages, now or within `waitMs`. New messages wait for this, so
 * that messages accepted before Redis lost its data leave first.
 */
export async function isRestored(ctx: Needs<'redis' | 'clock' | 'config'>, waitMs: number): Promise<boolean> {
  const until = ctx.clock.now() + waitMs;
  for (;;) {
    // While Redis is away, its client would keep commands in memory.
    if (ctx.redis.status !== 'ready') return false;
    if ((await ctx.redis.exists(markerKey(ctx))) === 1) return true;
    if (ctx.clock.now() >= until) return false;
    await ctx.clock.sleep(checkAgainMs);
  }
}

/** @returns the run of Redis for which the queues have not been restored yet; undefined when they have */
export async function findUnrestoredRun(ctx: Needs<'redis' | 'config'>): Promise<string | undefined> {
  const runId = await findRunId(ctx.redis);
  return (await ctx.redis.get(markerKey(ctx))) === runId ? undefined : runId;
}

/** The first messages are back on their queues: new ones may be queued behind them. */
export async function markRestoreBegun(ctx: Needs<'redis' | 'config'>): Promise<void> {
  await ctx.redis.set(markerKey(ctx), 'restoring', 'NX');
}

/** All messages are back. Until this call another process repeats the restore if this one dies. */
export async function markRestored(ctx: Needs<'redis' | 'config'>, runId: string): Promise<void> {
  await ctx.redis.set(markerKey(ctx), runId);
}

/** Names this run of the Redis server. A new id means that Redis was restarted and may have lost data. */
async function findRunId(redis: Redis): Promise<string> {
  return readInfo(await redis.info('server'), 'run_id') ?? 'unknown';
}
