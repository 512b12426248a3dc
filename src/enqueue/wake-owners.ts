// Announces all queues that have work, for workers that were not there when it was queued.
import type { Needs } from '../context.js';
import { findActivatedOwners, findOwnersWithWork } from '../store/owners-with-work.js';
import { wakeAheadMs } from '../store/sweep-messages.js';
import { type QueueOwner, sendQueueName, wakeChannel } from './queues.js';

/** A queue is in Redis and outlives its workers; the sweep looks at what waits in it ever more rarely. */
export async function wakeOwners(ctx: Needs<'db' | 'clock' | 'config' | 'redis'>): Promise<void> {
  if (ctx.redis.status !== 'ready') return;
  await announce(ctx, await findOwnersWithWork(ctx, ctx.clock.now() + wakeAheadMs(ctx.config)));
}

/** Has queues go on that rest because they were suspended, and workers opened for those that were not there meanwhile. */
export async function wakeActivated(
  ctx: Needs<'db' | 'clock' | 'config' | 'redis'>,
  tenantId: string | null,
): Promise<void> {
  await announce(ctx, await findActivatedOwners(ctx, tenantId));
}

async function announce(ctx: Needs<'config' | 'redis'>, owners: QueueOwner[]): Promise<void> {
  const channel = wakeChannel(ctx.config.redisPrefix);
  await Promise.all(owners.map((owner) => ctx.redis.publish(channel, sendQueueName(owner))));
}
