// Announces all queues that have work, for workers that were not there when it was queued.

import { findActivatedOwners, findOwnersWithWork } from '../store/schedule/owners-with-work.js';
import { wakeAheadMs } from '../store/schedule/sweep-schedule.js';
import type { Needs } from './context.js';
import { sendQueueName } from './queues.js';
import { publishWake } from './wake-channel.js';

/** A queue is in Redis and outlives its workers; the sweep looks at what waits in it ever more rarely. */
export async function wakeOwners(ctx: Needs<'db' | 'clock' | 'config' | 'redis'>): Promise<void> {
  if (ctx.redis.status !== 'ready') return;
  const owners = await findOwnersWithWork(ctx, ctx.clock.now() + wakeAheadMs(ctx.config));
  await publishWake(ctx, owners.map(sendQueueName), 'work');
}

/** Has queues go on that rest because they were suspended, and workers opened for those that were not there meanwhile. */
export async function wakeActivated(
  ctx: Needs<'db' | 'clock' | 'config' | 'redis'>,
  tenantId: string | null,
): Promise<void> {
  const owners = await findActivatedOwners(ctx, tenantId);
  await publishWake(ctx, owners.map(sendQueueName), 'work');
}
