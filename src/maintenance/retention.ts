// Has messages removed that were kept for their time, whenever Redis says that it is time, by one process at once.
import type { Needs } from '../queue/context.js';
import { removeOldMessages } from '../store/messages/remove-old.js';

/** Redis itself reminds the workers, ten times in the period that messages are kept for, every ten minutes at least. */
export async function scheduleRetention(ctx: Needs<'queues' | 'config'>): Promise<void> {
  const every = Math.min(600_000, Math.max(1000, ctx.config.deliveryReportRetentionSeconds * 100));
  // Nobody else begins where one takes longer than that.
  await ctx.queues.retention.setGlobalConcurrency(1);
  await ctx.queues.retention.upsertJobScheduler('retention', { every }, { name: 'retention' });
}

/** @returns how many messages were removed */
export async function keepRetention(
  ctx: Needs<'db' | 'clock' | 'config' | 'log'>,
  stop: AbortSignal,
): Promise<number> {
  const removed = await removeOldMessages(ctx, stop);
  if (removed > 0) ctx.log.info({ removed }, 'messages removed that were kept for their time');
  return removed;
}
