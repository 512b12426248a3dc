// The worker of one account's queue: takes its jobs and has them delivered.
import { Worker } from 'bullmq';
import type { Context } from '../context.js';
import { ownerOfQueue, type SendJob } from '../enqueue/queues.js';
import { deliver } from '../send/deliver.js';
import type { Turns } from './turns.js';
import type { UnderWay } from './under-way.js';
import { workerOptions } from './worker-options.js';

export interface SendWorker {
  readonly spreadMs: number | undefined;
  /** When a job was last taken, milliseconds since the epoch. */
  lastWorkAt(): number;
  active(): number;
  /** Takes no jobs until it is resumed; those it has go on. */
  pause(): void;
  resume(): void;
  close(): Promise<void>;
}

/** A worker told to resume in the very moment in which it stops is told again. */
const resumeAgainMs = 500;

interface SendWorkerOptions {
  turns: Turns;
  underWay: UnderWay;
  /** Milliseconds between two jobs at least, over all processes; undefined: none. */
  spreadMs: number | undefined;
  /** Makes the queue rest until then (milliseconds since the epoch), or until it is woken. */
  rest(until: number | undefined): void;
}

export function openSendWorker(ctx: Context, queueName: string, shared: SendWorkerOptions): SendWorker {
  const owner = ownerOfQueue(queueName);
  let lastWorkAt = ctx.clock.now();
  let active = 0;
  let isPaused = false;

  async function work({ data }: { data: SendJob }): Promise<void> {
    active += 1;
    const giveBack = await shared.turns.take(queueName);
    try {
      const delivery = await shared.underWay.run(() => deliver(ctx, owner, data));
      if (delivery.kind === 'done') return;
      shared.rest(delivery.until);
      // The job goes back to its place at the head of the queue.
      if (delivery.again) throw Worker.RateLimitError();
    } finally {
      giveBack();
      active -= 1;
      lastWorkAt = ctx.clock.now();
    }
  }

  const worker = new Worker<SendJob>(queueName, work, {
    ...workerOptions(ctx),
    concurrency: ctx.config.maxConcurrentPerAccount,
    // Smooths only: what may be sent is for the send log to say.
    ...(shared.spreadMs !== undefined && { limiter: { max: 1, duration: shared.spreadMs } }),
  });
  worker.on('error', (error) => ctx.log.debug({ err: error, queue: queueName }, 'send worker'));
  worker.on('failed', (_job, error) =>
    ctx.log.error({ err: error, queue: queueName }, 'an attempt broke off'),
  );
  const go = () => {
    if (!isPaused) void worker.resume();
  };
  return {
    spreadMs: shared.spreadMs,
    lastWorkAt: () => lastWorkAt,
    active: () => active,
    pause() {
      isPaused = true;
      void worker.pause(true);
    },
    resume() {
      isPaused = false;
      go();
      ctx.clock.after(resumeAgainMs, () => {
        if (!worker.isRunning() && !worker.closing) go();
      });
    },
    close: () => worker.close(),
  };
}
