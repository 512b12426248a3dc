// The worker of one account's queue: takes its jobs and has them delivered.
import { Worker } from 'bullmq';
import type { Context } from '../context.js';
import { ownerOfQueue, type SendJob } from '../enqueue/queues.js';
import { deliver } from '../send/deliver.js';
import type { Turns } from './turns.js';
import type { UnderWay } from './under-way.js';
import { workerOptions } from './worker-options.js';

export interface SendWorker {
  /** When a job was last taken, milliseconds since the epoch. */
  lastWorkAt(): number;
  active(): number;
  close(): Promise<void>;
}

export function openSendWorker(
  ctx: Context,
  queueName: string,
  turns: Turns,
  underWay: UnderWay,
): SendWorker {
  const owner = ownerOfQueue(queueName);
  let lastWorkAt = ctx.clock.now();
  let active = 0;
  const worker = new Worker<SendJob>(
    queueName,
    async (job) => {
      active += 1;
      const giveBack = await turns.take(queueName);
      try {
        await underWay.run(() => deliver(ctx, owner, job.data));
      } finally {
        giveBack();
        active -= 1;
        lastWorkAt = ctx.clock.now();
      }
    },
    { ...workerOptions(ctx), concurrency: ctx.config.maxConcurrentPerAccount },
  );
  worker.on('error', (error) => ctx.log.debug({ err: error, queue: queueName }, 'send worker'));
  worker.on('failed', (_job, error) =>
    ctx.log.error({ err: error, queue: queueName }, 'an attempt broke off'),
  );
  return { lastWorkAt: () => lastWorkAt, active: () => active, close: () => worker.close() };
}
