// The worker of the retention queue: one process at a time removes what has been kept for its time.
import { Worker } from 'bullmq';
import type { InFlight } from '../concurrency/in-flight.js';
import { keepRetention } from '../maintenance/retention.js';
import { retentionQueueName } from '../queue/queues.js';
import type { WorkersContext } from './context.js';
import { workerOptions } from './worker-options.js';

export function openRetentionWorker(ctx: WorkersContext, inFlight: InFlight): { close(): Promise<void> } {
  const stopping = new AbortController();
  const worker = new Worker(
    retentionQueueName,
    () => inFlight.run(() => keepRetention(ctx, stopping.signal)),
    workerOptions(ctx),
  );
  worker.on('error', (error) => ctx.log.debug({ err: error }, 'retention worker'));
  worker.on('failed', (_job, error) => ctx.log.error({ err: error }, 'removing old messages broke off'));
  return {
    close() {
      stopping.abort();
      return worker.close();
    },
  };
}
