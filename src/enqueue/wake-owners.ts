// Announces all queues that have work, for workers that were not there when it was queued.
import type { Needs } from '../context.js';
import { findOwnersWithWork } from '../store/owners-with-work.js';
import { wakeAheadMs } from '../store/sweep-messages.js';
import { sendQueueName, wakeChannel } from './queues.js';

/** A queue is in Redis and outlives its workers; the sweep looks at what waits in it ever more rarely. */
export async function wakeOwners(ctx: Needs<'db' | 'clock' | 'config' | 'redis'>): Promise<void> {
  if (ctx.redis.status !== 'ready') return;
  const owners = await findOwnersWithWork(ctx, ctx.clock.now() + wakeAheadMs(ctx.config));
  const channel = wakeChannel(ctx.config.redisPrefix);
  await Promise.all(owners.map((owner) => ctx.redis.publish(channel, sendQueueName(owner))));
}
