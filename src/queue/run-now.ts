// Runs the sweep and waiting reports at once instead of at their next time.
import type { Needs } from './context.js';
import { dedupIdOf, occasions } from './jobs.js';

/** Name of the job on the sweep queue. Its data names the tenant that asked; without one the sweep is of all. */
export const runNowJob = 'run-now';

/** @param tenantId whose messages and reports; undefined: all tenants' */
export async function runNow(
  ctx: Needs<'queues' | 'redis' | 'enqueueReport'>,
  tenantId?: string,
): Promise<void> {
  if (ctx.redis.status !== 'ready') return;
  // While a sweep of this kind waits, another would add nothing. While one runs, one more is kept for after it.
  const id = tenantId === undefined ? 'run-now' : `run-now.${tenantId}`;
  await ctx.queues.sweep.add(runNowJob, { tenantId }, { deduplication: { id, keepLastIfActive: true } });
  if (tenantId === undefined) await promoteReports(ctx);
  else await reportNow(ctx, tenantId);
}

/** Reports a tenant's events, and calls its application if a call is due, without waiting for the next try. */
export async function reportNow(ctx: Needs<'queues' | 'enqueueReport'>, tenantId: string): Promise<void> {
  await promoteReports(ctx, tenantId);
  ctx.enqueueReport(tenantId);
  ctx.enqueueReport.call(tenantId);
}

/**
 * Ends the pause of reports that wait for their next try, because the reason of the failure may be gone, or the tenant.
 * @param tenantId whose reports; undefined: all tenants'
 */
export async function promoteReports(ctx: Needs<'queues'>, tenantId?: string): Promise<void> {
  const waiting = tenantId === undefined ? await ctx.queues.report.getDelayed() : await jobsOf(ctx, tenantId);
  // BullMQ refuses to promote a job that has just started or is not delayed. Such a job needs no promotion.
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
