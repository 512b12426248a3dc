// Runs the sweep and waiting reports at once instead of at their next time.
import type { Needs } from './context.js';
import { dedupIdOf, occasions } from './jobs.js';
import { askOnce } from './sweep-jobs.js';

/** Name of the job on the sweep queue. Its data names the tenant that asked; without one the sweep is of all. */
export const runNowJob = 'run-now';

/** @param tenantId whose messages and reports; undefined: all tenants' */
export async function runNow(
  ctx: Needs<'queues' | 'redis' | 'enqueueReport'>,
  tenantId?: string,
): Promise<void> {
  if (ctx.redis.status !== 'ready') return;
  const id = tenantId === undefined ? 'run-now' : `run-now.${tenantId}`;
  await askOnce(ctx, runNowJob, { id, data: { tenantId } });
  // The sweep of all promotes the reports of all.
  if (tenantId !== undefined) await reportNow(ctx, tenantId);
}

/** Reports a tenant's events, and calls its application if a call is due, without waiting for the next try. */
export async function reportNow(ctx: Needs<'queues' | 'enqueueReport'>, tenantId: string): Promise<void> {
  await promoteReports(ctx, tenantId);
  ctx.enqueueReport(tenantId);
  ctx.enqueueReport.call(tenantId);
}

/** Ends the pause of a tenant's reports that wait for their next try, because the reason of the failure may be gone, or the tenant. */
export async function promoteReports(ctx: Needs<'queues'>, tenantId: string): Promise<void> {
  await promote(await jobsOf(ctx, tenantId));
}

/** 2,000 reports a second: all at once, those of 10,000 tenants would leave this process no time for anything else. */
const promotedAtOnce = 100;
const promotedEveryMs = 50;

/** As `promoteReports` for all tenants, a few at a time. @param stop ends it early; the other reports keep their pause */
export async function promoteAllReports(ctx: Needs<'queues' | 'clock'>, stop?: AbortSignal): Promise<void> {
  const { report } = ctx.queues;
  // Read once, because a report that fails again goes back among those that wait.
  const ids = await report.getRanges(['delayed'], 0, -1);
  for (let at = 0; at < ids.length && !stop?.aborted; at += promotedAtOnce) {
    if (at > 0) await ctx.clock.sleep(promotedEveryMs, stop);
    const jobs = await Promise.all(ids.slice(at, at + promotedAtOnce).map((id) => report.getJob(id)));
    await promote(jobs.filter((job) => job !== undefined));
  }
}

/** BullMQ refuses to promote a job that has just started or is not delayed. Such a job needs no promotion. */
async function promote(jobs: { promote(): Promise<void> }[]): Promise<void> {
  await Promise.allSettled(jobs.map((job) => job.promote()));
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
