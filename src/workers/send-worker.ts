// The BullMQ worker of one account's send queue.
import { Worker } from 'bullmq';
import { reasonOf } from '../errors.js';
import {
  fetchBesideActive,
  immediatePriority,
  isUrgentNext,
  resumeSurely,
} from '../queue/bullmq-internals.js';
import type { SendJob } from '../queue/jobs.js';
import { unreservedSlots } from '../send/reserved-slot.js';
import type { WorkersContext } from './context.js';
import { runSendJob, type SharedBySends } from './run-send-job.js';
import { workerOptions } from './worker-options.js';

export interface SendWorker {
  readonly spreadMs: number | undefined;
  /** When a job last ended, milliseconds since the epoch. */
  lastWorkAt(): number;
  active(): number;
  /** If all usual slots are in use and the next job is urgent, takes that job in the reserved slot. */
  takeUrgent(): Promise<void>;
  /** Takes jobs again after a pause. */
  resume(): void;
  close(): Promise<void>;
}

/** @param spreadMs least time between two jobs, over all processes; undefined: none */
export function openSendWorker(
  ctx: WorkersContext,
  queueName: string,
  shared: SharedBySends,
  spreadMs: number | undefined,
): SendWorker {
  const allSlots = ctx.config.maxConcurrentPerAccount;
  const usualSlots = unreservedSlots(allSlots);
  let lastWorkAt = ctx.clock.now();
  let active = 0;
  let isPaused = false;

  async function work(job: { data: SendJob; priority: number }): Promise<void> {
    active += 1;
    // The urgent job has taken the reserved slot. When that job ends, no usual job may follow in the slot.
    worker.concurrency = usualSlots;
    try {
      const end = await runSendJob(ctx, shared, queueName, job, pause);
      if (end === 'put_back') throw Worker.RateLimitError();
    } finally {
      active -= 1;
      lastWorkAt = ctx.clock.now();
    }
  }

  const worker = new Worker<SendJob>(queueName, work, {
    ...workerOptions(ctx),
    concurrency: usualSlots,
    // This only spreads sends evenly. The send log decides what may be sent.
    ...(spreadMs !== undefined && { limiter: { max: 1, duration: spreadMs } }),
  });
  worker.on('error', (error) =>
    ctx.log.debug({ event: 'queue.worker_fault', err: error, queue: queueName }, 'A send worker met a fault'),
  );
  worker.on('failed', (_job, error) =>
    ctx.log.error({ event: 'attempt.broke_off', err: error, queue: queueName }, 'an attempt broke off'),
  );
  worker.on('completed', ({ priority }) => {
    if (priority === immediatePriority) void takeUrgent();
  });

  function pause(): void {
    isPaused = true;
    void worker.pause(true);
  }

  async function takeUrgent(): Promise<void> {
    if (isPaused || usualSlots === allSlots || active < usualSlots) return;
    try {
      if (!(await isUrgentNext(ctx, queueName)) || isPaused || worker.closing) return;
      worker.concurrency = allSlots;
      fetchBesideActive(worker);
    } catch (error) {
      const facts = { event: 'queue.urgent_waits', queue: queueName, reason: reasonOf(error) };
      ctx.log.debug(facts, 'An urgent message waits until a send ends, because Redis did not answer');
    }
  }

  return {
    spreadMs,
    lastWorkAt: () => lastWorkAt,
    active: () => active,
    takeUrgent,
    resume() {
      isPaused = false;
      resumeSurely(ctx.clock, worker, () => !isPaused);
    },
    close: () => worker.close(),
  };
}
