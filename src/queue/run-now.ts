// Has the sweep and overdue reports run at once instead of when their time comes.
import type { Needs } from './context.js';
import { dedupIdOf, occasions } from './jobs.js';

/** @param tenantId whose report is not to wait for its next try; undefined: everyone's */
export async function runNow(
  ctx: Needs<'queues' | 'redis' | 'enqueueReport'>,
  tenantId?: string,
): Promise<void> {
  if (ctx.redis.status !== 'ready') return;
  await ctx.queues.sweep.add('run-now', {});
  if (tenantId === undefined) await promoteReports(ctx);
  else await tellSoon(ctx, tenantId);
}

/** Has a tenant's application told what there is to tell, or called if it is due, without waiting for a next try. */
export async function tellSoon(ctx: Needs<'queues' | 'enqueueReport'>, tenantId: string): Promise<void> {
  await promoteReports(ctx, tenantId);
  ctx.enqueueReport(tenantId);
  ctx.enqueueReport.call(tenantId);
}

/**
 * Has reports that wait for their next try go out at once: what they failed of may be over, or the tenant gone.
 * @param tenantId undefined: everyone's
 */
export async function promoteReports(ctx: Needs<'queues'>, tenantId?: string): Promise<void> {
  const waiting = tenantId === undefined ? await ctx.queues.report.getDelayed() : await jobsOf(ctx, tenantId);
  // One that has just begun by itself, or does not wait, cannot be promoted, and need not be.
  await Promise.allSettled(waiting.map((job) => job.promote()));
}

async function jobsOf({ queues: { report } }: Needs<'queues'>, tenantId: string) {
  const jobs = await Promise.all(
    occasions.map(async (occasion) => {
      const jobId = await report.getDeduplicationJobId(dedupIdOf({ tenantId, occasion }));
      return jobId === null ? undefined : report.getJob(jobId);
    }),
  );
  return jobs.filter((job) => job !== undefined);
}
