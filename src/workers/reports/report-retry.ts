// How long a report waits for its next try: only the application's own failures make the pause longer.
import { reasonOf } from '../../errors.js';
import type { ReportJob } from '../../queue/jobs.js';
import type { ReportResult } from '../../report/report-tenant.js';
import type { Needs } from '../context.js';

/** A longer Retry-After is not honoured, unless the sync interval is longer as well. */
const longestRetryAfterSeconds = 3600;

/** Pause after a fault that was not the application's: its reports should go on soon once the fault is over. */
const notAttemptedPauseSeconds = 1;

/** The longest pause after a fault of this service that broke a report off. Nothing is lost, so the report is never given up. */
const longestFaultPauseSeconds = 300;

/** The part of a BullMQ job that counts its failures. */
interface CountedJob {
  data: ReportJob;
  attemptsMade: number;
  updateData(data: ReportJob): Promise<void>;
}

/** The application did not take the report. */
export class ReportRefused extends Error {
  readonly retryAfterMs: number | undefined;

  constructor({ reason, retryAfterMs }: Extract<ReportResult, { kind: 'failed' }>) {
    super(reason);
    this.retryAfterMs = retryAfterMs;
  }
}

/** The report was not sent, for a reason that is not the application's. */
export class ReportNotAttempted extends Error {}

/**
 * The error with which BullMQ is to retry the job; undefined when the job is done. First updates how many failures of the
 * job are forgiven: all before a success, and each that was not the application's.
 */
export async function toRetryError(
  ctx: Needs<'log'>,
  job: CountedJob,
  result: ReportResult,
): Promise<Error | undefined> {
  if (result.kind === 'not_attempted') {
    await forgive(ctx, job, (job.data.forgiven ?? 0) + 1);
    return new ReportNotAttempted(result.reason);
  }
  if (result.kind !== 'failed') return undefined;
  if (result.reported > 0) await forgive(ctx, job, job.attemptsMade);
  return new ReportRefused(result);
}

/** If Redis does not store the count, the next pause is longer than it should be. */
async function forgive({ log }: Needs<'log'>, job: CountedJob, forgiven: number): Promise<void> {
  try {
    await job.updateData({ ...job.data, forgiven });
  } catch (error) {
    const facts = { event: 'report.not_forgiven', tenant: job.data.tenantId, reason: reasonOf(error) };
    log.debug(
      facts,
      'A report waits longer than it should, because Redis did not store its count of failures',
    );
  }
}

/** For BullMQ's `backoffStrategy`. @param failures of the job, forgiven ones included */
export function retryPauseMs(
  ctx: Needs<'config'>,
  failures: number,
  error: Error | undefined,
  job: { data: ReportJob } | undefined,
): number {
  if (error instanceof ReportNotAttempted) return pauseMs(1, notAttemptedPauseSeconds);
  const forgiven = job?.data.forgiven ?? 0;
  if (!(error instanceof ReportRefused)) return pauseMs(failures - forgiven, longestFaultPauseSeconds);
  return pauseMs(failures - forgiven, ctx.config.syncIntervalSeconds, error.retryAfterMs);
}

/**
 * A second at first, twice as long after each failure, `longestSeconds` at most; a longer Retry-After counts instead. The
 * pause varies by a fifth, so that tenants whose reports failed together do not retry together.
 */
export function pauseMs(failures: number, longestSeconds: number, askedMs = 0): number {
  const seconds = Math.min(2 ** Math.min(Math.max(failures, 1) - 1, 20), longestSeconds);
  const asked = Math.min(askedMs, Math.max(longestSeconds, longestRetryAfterSeconds) * 1000);
  const spread = Math.random() * 0.2;
  return Math.round(Math.max(seconds * 1000 * (0.9 + spread), asked * (1 + spread / 2)));
}
