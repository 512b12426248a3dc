// Announces the queues that have work, for workers that were closed or not yet started when it was queued.

import { findActivatedOwners, findOwnersWithWork } from '../store/schedule/owners-with-work.js';
import { wakeAheadMs } from '../store/schedule/sweep-schedule.js';
import type { Needs } from './context.js';
import { sendQueueName } from './queues.js';

/** A queue in Redis outlives its workers, and the sweep checks messages less often the longer they wait. */
export async function wakeOwners(ctx: Needs<'db' | 'clock' | 'config' | 'redis' | 'wakes'>): Promise<void> {
  if (ctx.redis.status !== 'ready') return;
  const owners = await findOwnersWithWork(ctx, ctx.clock.now() + wakeAheadMs(ctx.config));
  await ctx.wakes.publish(owners.map(sendQueueName), 'work');
}

/** Ends the pauses of queues that were suspended, and opens workers where there are none. */
export async function wakeActivated(
  ctx: Needs<'db' | 'clock' | 'config' | 'redis' | 'wakes'>,
  tenantId: string | null,
): Promise<void> {
  const owners = await findActivatedOwners(ctx, tenantId);
  await ctx.wakes.publish(owners.map(sendQueueName), 'work');
}
