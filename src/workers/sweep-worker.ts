// The worker of the sweep queue: whenever a scheduler in Redis says so, one process sweeps or looks who is to be called.
import { Worker } from 'bullmq';
import { sweep } from '../maintenance/sweep.js';
import { callsJob, enqueueCalls } from '../queue/enqueue-report.js';
import { sweepQueueName } from '../queue/queues.js';
import type { WorkersContext } from './context.js';
import { workerOptions } from './worker-options.js';

export function openSweepWorker(ctx: WorkersContext): { close(): Promise<void> } {
  const worker = new Worker(
    sweepQueueName,
    (job) => (job.name === callsJob ? enqueueCalls(ctx) : sweep(ctx)),
    workerOptions(ctx),
  );
  worker.on('error', (error) => ctx.log.debug({ err: error }, 'sweep worker'));
  worker.on('failed', (_job, error) => ctx.log.error({ err: error }, 'the sweep broke off'));
  return { close: () => worker.close() };
}
