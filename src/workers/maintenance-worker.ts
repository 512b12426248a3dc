// The BullMQ workers of the recurring jobs: the sweep, due calls, the history, changes of many messages, and retention.
import { Worker } from 'bullmq';
import type { InFlight } from '../concurrency/in-flight.js';
import { runBulkChanges } from '../maintenance/change-in-bulk.js';
import { callsJob, enqueueCalls } from '../maintenance/due-calls.js';
import { historyJob, writeHistory } from '../maintenance/history.js';
import { runRemoval } from '../maintenance/remove-deleted.js';
import { runRetention } from '../maintenance/retention.js';
import { sweep, sweepNow, sweepTenant } from '../maintenance/sweep.js';

import { retentionQueueName, sweepQueueName } from '../queue/queues.js';
import { removeLeftovers } from '../queue/remove-leftovers.js';
import { runNowJob } from '../queue/run-now.js';
import { bulkJob, removalJob } from '../queue/sweep-jobs.js';
import type { WorkersContext } from './context.js';
import { workerOptions } from './worker-options.js';

/**
 * The processes share the recurring jobs: each run goes to one of them. Closing stops retention between two statements
 * and lets a sweep finish.
 */
export function openMaintenanceWorker(ctx: WorkersContext, inFlight: InFlight): { close(): Promise<void> } {
  const stopping = new AbortController();
  const sweeper = open(ctx, sweepQueueName, 'the sweep', (job) => {
    if (job.name === removalJob) return runRemoval(ctx, stopping.signal);
    if (job.name === bulkJob) return runBulkChanges(ctx, stopping.signal);
    if (job.name === callsJob) return enqueueCalls(ctx);
    if (job.name === historyJob) return writeHistory(ctx, stopping.signal);
    if (job.name !== runNowJob) return sweep(ctx);
    const { tenantId } = job.data;
    return tenantId === undefined ? sweepNow(ctx, stopping.signal) : sweepTenant(ctx, tenantId);
  });
  const remover = open(ctx, retentionQueueName, 'removing old messages', async () => {
    await inFlight.run(() => runRetention(ctx, stopping.signal));
    // For keys that a frozen process wrote long after the deletion.
    await removeLeftovers(ctx);
  });
  return {
    async close() {
      stopping.abort();
      await Promise.all([sweeper.close(), remover.close()]);
    },
  };
}

/** A job that fails is not retried, because its schedule brings the next one within seconds or minutes. */
function open(
  ctx: WorkersContext,
  queueName: string,
  task: string,
  run: (job: { name: string; data: { tenantId?: string } }) => Promise<unknown>,
): Worker {
  const worker = new Worker(queueName, run, workerOptions(ctx));
  worker.on('error', (error) =>
    ctx.log.debug({ event: 'queue.worker_fault', err: error, queue: queueName }, 'A worker met a fault'),
  );
  worker.on('failed', (_job, error) =>
    ctx.log.error({ event: `${queueName}.broke_off`, err: error }, `${task} broke off; it runs again later`),
  );
  return worker;
}
