// Removes what is left of deleted tenants and accounts: the rows of tenants with many messages, and keys in Redis.
import { openTimeLimit } from '../concurrency/time-limit.js';
import type { Needs } from '../queue/context.js';
import { removeLeftovers } from '../queue/remove-leftovers.js';
import { askOnce, removalJob } from '../queue/sweep-jobs.js';
import { removeDeleted } from '../store/tenants/delete.js';

type RemovalNeeds = Needs<'db' | 'clock' | 'redis' | 'queues' | 'config' | 'enqueueReport'>;

/** How long one job goes on. It shares its queue with the sweep, which must not wait long. */
const stretchMs = 3000;

/** When a job is looked for that was queued, or a send that ended, while the keys were being removed. */
const againAfterMs = 5000;

/** Runs until nothing is left. A process that dies over it leaves the rest to the next sweep (`goOnRemoving`). */
export async function runRemoval(ctx: RemovalNeeds, stop: AbortSignal): Promise<void> {
  const { signal, end } = openTimeLimit(ctx.clock, stretchMs, stop);
  const isAllRemoved = await removeDeleted(ctx, signal).finally(end);
  if (!isAllRemoved) {
    if (!stop.aborted) await askOnce(ctx, removalJob);
    return;
  }
  if ((await removeLeftovers(ctx)) > 0) await ctx.queues.sweep.add(removalJob, {}, { delay: againAfterMs });
}

/** Asks for the removal where a tenant is deleted and not yet removed. */
export async function goOnRemoving(ctx: Needs<'db' | 'queues' | 'redis'>): Promise<void> {
  if (ctx.redis.status !== 'ready') return;
  const left = await ctx.db.read.tenant.count({ where: { deletedAt: { not: null } } });
  if (left > 0) await askOnce(ctx, removalJob);
}
