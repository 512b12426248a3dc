// Has BullMQ schedule the recurring jobs of maintenance, so that one process at a time runs each.
import type { Needs } from '../queue/context.js';
import { keepMailboxesScheduled, unscheduleMailboxes } from '../queue/mailbox-jobs.js';
import { callsJob, scheduleCalls } from './due-calls.js';
import { historyJob, scheduleHistory } from './history.js';

const sweepJob = 'sweep';
const retentionJob = 'retention';

export async function scheduleAll(ctx: Needs<'queues' | 'config'>): Promise<void> {
  await scheduleSweep(ctx);
  await scheduleCalls(ctx);
  await scheduleRetention(ctx);
  await scheduleHistory(ctx);
  await keepMailboxesScheduled(ctx);
}

export async function unscheduleAll(ctx: Needs<'queues'>): Promise<void> {
  const { queues } = ctx;
  await Promise.all([
    unscheduleMailboxes(ctx),
    queues.sweep.removeJobScheduler(sweepJob),
    queues.sweep.removeJobScheduler(callsJob),
    queues.sweep.removeJobScheduler(historyJob),
    queues.retention.removeJobScheduler(retentionJob),
  ]);
}

export async function scheduleSweep(ctx: Needs<'queues' | 'config'>): Promise<void> {
  const every = ctx.config.sweepIntervalSeconds * 1000;
  await ctx.queues.sweep.upsertJobScheduler(sweepJob, { every }, { name: sweepJob });
}

/** Runs ten times in the retention period, and at least every ten minutes. */
export async function scheduleRetention(ctx: Needs<'queues' | 'config'>): Promise<void> {
  const every = Math.min(600_000, Math.max(1000, ctx.config.deliveryReportRetentionSeconds * 100));
  // A run may take longer than `every`; no second process must start another meanwhile.
  await ctx.queues.retention.setGlobalConcurrency(1);
  await ctx.queues.retention.upsertJobScheduler(retentionJob, { every }, { name: retentionJob });
}
