// The BullMQ worker of the report queue: one job is one tenant's reports.
import { type Job, Worker } from 'bullmq';
import type { InFlight } from '../../concurrency/in-flight.js';
import { openKeyedMutex } from '../../concurrency/keyed-mutex.js';
import type { ReportJob } from '../../queue/jobs.js';
import { reportQueueName } from '../../queue/queues.js';
import { openPoster } from '../../report/post.js';
import { type ReportResult, reportTenant } from '../../report/report-tenant.js';
import type { Needs, WorkersContext } from '../context.js';
import { workerOptions } from '../worker-options.js';
import { retryPauseMs, toRetryError } from './report-retry.js';
import { openRunningReports } from './running-reports.js';

/**
 * Reports and calls in flight at once. An endpoint that hangs holds one of these until its time-out of half a minute, and a
 * second one if its tenant is to be called meanwhile. Its next try is minutes later. So there is room for 5,000 endpoints
 * that begin to hang together, and for ten times as many that have hung for a while.
 */
const maxInFlight = 10_000;

/** BullMQ starts no job before it has fetched as many as it may. Fetching 10,000 would delay the first by seconds. */
const fetchedAtOnce = 1000;

/** How long an application may still take to answer once the service stops, at most. */
const lastAnswerMs = 5000;

/**
 * Jobs of one tenant run one after another, so that its events arrive in order. Closing gives applications a few seconds
 * to answer, then cuts the calls off; events without an answer are reported again after the next start.
 */
export function openReportWorker(ctx: WorkersContext, inFlight: InFlight): { close(): Promise<void> } {
  const running = openRunningReports((count) => {
    worker.concurrency = Math.min(maxInFlight, count + fetchedAtOnce);
  });
  const poster = openPoster(ctx);
  const perTenant = openKeyedMutex();
  const report = ({ tenantId, occasion }: ReportJob) =>
    running.run((signals) =>
      inFlight.run(() => perTenant(tenantId, () => reportTenant(ctx, poster, tenantId, occasion, signals))),
    );
  const worker = new Worker<ReportJob>(reportQueueName, (job) => runJob(ctx, job, report), {
    ...workerOptions(ctx),
    // A tenant gets no other job while this one exists, so the job is retried however many processes died during it.
    maxStalledCount: Number.MAX_SAFE_INTEGER,
    concurrency: fetchedAtOnce,
    settings: {
      backoffStrategy: (failures, _type, error, job) => retryPauseMs(ctx, failures, error, job),
    },
  });
  worker.on('error', (error) =>
    ctx.log.debug({ event: 'queue.worker_fault', err: error }, 'The report worker met a fault'),
  );
  return {
    async close() {
      running.stop();
      const graceMs = ctx.config.shutdownGraceSeconds * 1000;
      const cancel = ctx.clock.after(Math.min(lastAnswerMs, graceMs / 2), () =>
        running.cut(new Error('the service is stopping')),
      );
      await worker.close();
      poster.close();
      cancel();
    },
  };
}

/** @throws what makes BullMQ try the job again */
async function runJob(
  ctx: WorkersContext,
  job: Job<ReportJob>,
  report: (job: ReportJob) => Promise<ReportResult>,
): Promise<void> {
  const { tenantId } = job.data;
  let result: ReportResult;
  try {
    result = await report(job.data);
  } catch (error) {
    const facts = { event: 'report.broke_off', err: error, tenant: tenantId };
    ctx.log.error(
      facts,
      `A report to tenant "${tenantId}" broke off; it is tried again at least every five minutes`,
    );
    throw error;
  }
  logResult(ctx, job.data, result);
  const error = await toRetryError(ctx, job, result);
  if (error !== undefined) throw error;
  if (result.kind === 'done' && result.callAfterMs !== undefined) {
    ctx.enqueueReport.call(tenantId, result.callAfterMs);
  }
}

/** A failed call without events is logged at debug level only. So is an unavailable database, which has a line of its own. */
function logResult({ log }: Needs<'log'>, { tenantId, occasion }: ReportJob, result: ReportResult): void {
  if (result.kind === 'done') return;
  const tenant = { tenant: tenantId };
  if (result.kind === 'gone') {
    const sentence = `The report endpoint of tenant "${tenantId}" is gone (HTTP 410): reports wait until the tenant is changed`;
    log.warn({ event: 'report.endpoint_gone', ...tenant }, sentence);
    return;
  }
  const { reason } = result;
  if (result.kind === 'not_attempted') {
    log.debug(
      { event: 'report.not_attempted', ...tenant, reason },
      'A report was not sent; it is tried again',
    );
  } else if (occasion === 'call') {
    log.debug({ event: 'report.call_failed', ...tenant, reason }, 'An application could not be called');
  } else {
    const sentence = `Tenant "${tenantId}" did not take a report; it is sent again: ${reason}`;
    log.warn({ event: 'report.refused', ...tenant, reason }, sentence);
  }
}
