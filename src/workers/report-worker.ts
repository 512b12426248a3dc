// The worker of the report queue: one job is one tenant; a job that fails comes back, later each time.
import { Worker } from 'bullmq';
import type { InFlight } from '../concurrency/in-flight.js';
import { openKeyedMutex } from '../concurrency/keyed-mutex.js';
import { reasonOf } from '../errors.js';
import type { ReportJob } from '../queue/jobs.js';
import { reportQueueName } from '../queue/queues.js';
import { openPoster } from '../report/post.js';
import { type ReportResult, reportTenant } from '../report/report-tenant.js';
import type { Needs, WorkersContext } from './context.js';
import { workerOptions } from './worker-options.js';

/**
 * Reports and calls under way at once. An endpoint that hangs holds one of these until its time-out, half a minute, and
 * its tenant a second one if it is to be called meanwhile; then not before the next try, which is soon minutes away. So
 * there is room for 5,000 that begin to hang together, and for some ten times as many that have hung for a while.
 */
const mostAtOnce = 10_000;

/** BullMQ begins no job before it has taken all that it may: 10,000 that wait would stand still for seconds. */
const takenAtOnce = 1000;

/** What an application has left to answer in, at most, once the service is told to stop. */
const lastAnswerMs = 5000;

/** Nobody is left alone for longer because of one answer, unless the interval is. */
const longestRetryAfterSeconds = 3600;

/** After what was not the application's failure: it has a right to hear soon once that is over. */
const notAttemptedPauseSeconds = 1;

/** What is needed here of a job. */
interface Told {
  data: ReportJob;
  updateData(data: ReportJob): Promise<void>;
}

/** Tells BullMQ that it was the application, and how long to wait. */
class NotTaken extends Error {
  readonly retryAfterMs: number | undefined;

  constructor({ reason, retryAfterMs }: Extract<ReportResult, { kind: 'failed' }>) {
    super(reason);
    this.retryAfterMs = retryAfterMs;
  }
}

/** Tells it that it was not. */
class NotAttempted extends Error {}

export function openReportWorker(ctx: WorkersContext, inFlight: InFlight): { close(): Promise<void> } {
  const stopping = new AbortController();
  const cuts = new Set<AbortController>();
  const poster = openPoster(ctx);
  const inTurn = openKeyedMutex();
  const worker = new Worker<ReportJob>(
    reportQueueName,
    async (job) => {
      const { tenantId, occasion } = job.data;
      const cut = new AbortController();
      cuts.add(cut);
      makeRoom();
      const signals = { stop: stopping.signal, cut: cut.signal };
      const result = await inFlight
        .run(() => inTurn(tenantId, () => reportTenant(ctx, poster, tenantId, occasion, signals)))
        .catch((error: unknown) => {
          ctx.log.error({ err: error, tenant: tenantId }, 'a report broke off');
          throw error;
        })
        .finally(() => {
          cuts.delete(cut);
          makeRoom();
        });
      logResult(ctx, job.data, result);
      if (result.kind === 'not_attempted') {
        await forgive(ctx, job, (job.data.forgiven ?? 0) + 1);
        throw new NotAttempted(result.reason);
      }
      if (result.kind === 'failed') {
        if (result.reported > 0) await forgive(ctx, job, job.attemptsMade);
        throw new NotTaken(result);
      }
      if (result.kind === 'done' && result.callAfterMs !== undefined) {
        ctx.enqueueReport.call(tenantId, result.callAfterMs);
      }
    },
    {
      ...workerOptions(ctx),
      // While its job is there, a tenant gets no other: so it is never given up, however many processes died over it.
      maxStalledCount: Number.MAX_SAFE_INTEGER,
      concurrency: takenAtOnce,
      settings: {
        backoffStrategy(attempts, _type, error, job) {
          if (error instanceof NotAttempted) return pauseMs(1, notAttemptedPauseSeconds);
          const { forgiven = 0 } = (job?.data ?? {}) as Partial<ReportJob>;
          const askedMs = error instanceof NotTaken ? error.retryAfterMs : undefined;
          return pauseMs(attempts - forgiven, ctx.config.syncIntervalSeconds, askedMs);
        },
      },
    },
  );
  function makeRoom() {
    worker.concurrency = Math.min(mostAtOnce, cuts.size + takenAtOnce);
  }
  worker.on('error', (error) => ctx.log.debug({ err: error }, 'report worker'));
  return {
    async close() {
      stopping.abort();
      const graceMs = ctx.config.shutdownGraceSeconds * 1000;
      const cancel = ctx.clock.after(Math.min(lastAnswerMs, graceMs / 2), () => {
        for (const cut of cuts) cut.abort(new Error('the service is stopping'));
      });
      await worker.close();
      await poster.close();
      cancel();
    },
  };
}

/** Has that many of a job's failures not count for its next pause. Where Redis does not take it, that pause is longer. */
async function forgive({ log }: Needs<'log'>, job: Told, forgiven: number): Promise<void> {
  try {
    await job.updateData({ ...job.data, forgiven });
  } catch (error) {
    log.debug({ reason: reasonOf(error) }, 'a failure of a report counts that should not');
  }
}

/** A call that told nothing and was not taken is nothing that anybody has to know of. */
function logResult({ log }: Needs<'log'>, { tenantId, occasion }: ReportJob, result: ReportResult): void {
  const tenant = { tenant: tenantId };
  if (result.kind === 'gone') {
    log.warn(tenant, 'the report endpoint is gone (HTTP 410): reports wait until the tenant is changed');
  }
  // Of a database that is away others tell, and once, not for each tenant.
  if (result.kind === 'not_attempted')
    log.debug({ ...tenant, reason: result.reason }, 'a report could not be made; it is tried again');
  if (result.kind !== 'failed') return;
  const { reason } = result;
  if (occasion === 'call') log.debug({ ...tenant, reason }, 'an application could not be called');
  else log.warn({ ...tenant, reason }, 'a delivery report was not taken; it goes out again');
}

/**
 * A second at first, twice as long each time, the sync interval at most; spread by a fifth so that tenants drift apart.
 * What the application itself asked for counts where it is longer.
 */
export function pauseMs(failures: number, longestSeconds: number, askedMs = 0): number {
  const seconds = Math.min(2 ** Math.min(Math.max(failures, 1) - 1, 20), longestSeconds);
  const asked = Math.min(askedMs, Math.max(longestSeconds, longestRetryAfterSeconds) * 1000);
  const spread = Math.random() * 0.2;
  return Math.round(Math.max(seconds * 1000 * (0.9 + spread), asked * (1 + spread / 2)));
}
