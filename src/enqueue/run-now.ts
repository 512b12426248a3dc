// Has the sweep and overdue reports run at once instead of when their time comes.
import type { Needs } from '../context.js';

/** @param tenantId whose report is not to wait for its next try; undefined: everyone's */
export async function runNow(
  ctx: Needs<'queues' | 'redis' | 'enqueueReport'>,
  tenantId?: string,
): Promise<void> {
  if (tenantId !== undefined) ctx.enqueueReport(tenantId);
  if (ctx.redis.status !== 'ready') return;
  await ctx.queues.sweep.add('run-now', {});
  await hurryReports(ctx, tenantId);
}

/**
 * Has reports that wait for their next try go out at once: what they failed of may be over, or the tenant gone.
 * @param tenantId undefined: everyone's
 */
export async function hurryReports(ctx: Needs<'queues'>, tenantId?: string): Promise<void> {
  const waiting = await ctx.queues.report.getDelayed();
  const wanted = waiting.filter(({ data }) => tenantId === undefined || data.tenantId === tenantId);
  // One that has just begun by itself cannot be promoted, and need not be.
  await Promise.allSettled(wanted.map((job) => job.promote()));
}
