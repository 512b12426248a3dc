// The BullMQ workers of the recurring jobs: the sweep, due calls, and retention.
import { Worker } from 'bullmq';
import type { InFlight } from '../concurrency/in-flight.js';
import { callsJob, enqueueCalls } from '../maintenance/due-calls.js';
import { runRetention } from '../maintenance/retention.js';
import { sweep } from '../maintenance/sweep.js';
import { retentionQueueName, sweepQueueName } from '../queue/queues.js';
import type { WorkersContext } from './context.js';
import { workerOptions } from './worker-options.js';

/**
 * The processes share the recurring jobs: each run goes to one of them. Closing stops retention between two statements
 * and lets a sweep finish.
 */
export function openMaintenanceWorker(ctx: WorkersContext, inFlight: InFlight): { close(): Promise<void> } {
  const stopping = new AbortController();
  const sweeper = open(ctx, sweepQueueName, 'the sweep', (job) =>
    job.name === callsJob ? enqueueCalls(ctx) : sweep(ctx),
  );
  const remover = open(ctx, retentionQueueName, 'removing old messages', () =>
    inFlight.run(() => runRetention(ctx, stopping.signal)),
  );
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
  run: (job: { name: string }) => Promise<unknown>,
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
