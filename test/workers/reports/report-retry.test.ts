// Only failures of the application, and only those since its last success, make the pause before the next try longer.
import { expect, test } from 'vitest';
import type { ReportJob } from '../../../src/queue/jobs.js';
import {
  ReportNotAttempted,
  ReportRefused,
  retryPauseMs,
  toRetryError,
} from '../../../src/workers/reports/report-retry.js';
import { silentLog } from '../../support/stage/silent-log.js';

const ctx = { log: silentLog };

function jobOf(attemptsMade: number, forgiven?: number) {
  const data: ReportJob = {
    tenantId: 'acme',
    occasion: 'events',
    ...(forgiven !== undefined && { forgiven }),
  };
  const stored: (number | undefined)[] = [];
  const updateData = async (next: ReportJob) => void stored.push(next.forgiven);
  return { data, attemptsMade, updateData, stored };
}

test('a report that is done, or whose endpoint is gone, is not retried', async () => {
  const job = jobOf(3);
  expect(await toRetryError(ctx, job, { kind: 'done', reported: 1 })).toBeUndefined();
  expect(await toRetryError(ctx, job, { kind: 'gone' })).toBeUndefined();
  expect(job.stored).toEqual([]);
});

test('a failure that is not the application’s is forgiven', async () => {
  const job = jobOf(3, 2);
  const error = await toRetryError(ctx, job, { kind: 'not_attempted', reason: 'no database' });
  expect(error).toBeInstanceOf(ReportNotAttempted);
  expect(job.stored).toEqual([3]);
});

test('a success before the failure forgives all failures before it; without one none is forgiven', async () => {
  const [some, none] = [jobOf(7), jobOf(7)];
  const failed = { kind: 'failed', reason: '503', retryAfterMs: 5000 } as const;
  const error = await toRetryError(ctx, some, { ...failed, reported: 10 });
  expect(error).toMatchObject({ message: '503', retryAfterMs: 5000 });
  await toRetryError(ctx, none, { ...failed, reported: 0 });
  expect([some.stored, none.stored]).toEqual([[7], []]);
});

test('a Redis that does not store the count changes nothing else', async () => {
  const job = { ...jobOf(1), updateData: () => Promise.reject(new Error('READONLY')) };
  const error = await toRetryError(ctx, job, { kind: 'not_attempted', reason: 'no database' });
  expect(error).toBeInstanceOf(ReportNotAttempted);
});

test('the pause follows the failures that are not forgiven, and is a second after those not the application’s', () => {
  const refused = new ReportRefused({ kind: 'failed', reported: 0, reason: '503' });
  const config = { syncIntervalSeconds: 300 } as Parameters<typeof retryPauseMs>[0]['config'];
  const near = (ms: number) => expect.toSatisfy((pause: number) => pause >= ms * 0.9 && pause <= ms * 1.1);
  expect(retryPauseMs({ config }, 5, refused, jobOf(5))).toEqual(near(16_000));
  expect(retryPauseMs({ config }, 5, refused, jobOf(5, 4))).toEqual(near(1000));
  expect(retryPauseMs({ config }, 5, new ReportNotAttempted(''), jobOf(5))).toEqual(near(1000));
});

test('the pause after a fault of the service grows to five minutes, however short the sync interval is', () => {
  const config = { syncIntervalSeconds: 1 } as Parameters<typeof retryPauseMs>[0]['config'];
  const near = (ms: number) => expect.toSatisfy((pause: number) => pause >= ms * 0.9 && pause <= ms * 1.1);
  const fault = new Error('a column is missing');
  expect(retryPauseMs({ config }, 5, fault, jobOf(5))).toEqual(near(16_000));
  expect(retryPauseMs({ config }, 50, fault, jobOf(50))).toEqual(near(300_000));
});
