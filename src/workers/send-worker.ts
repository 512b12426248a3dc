// The worker of one account's queue: takes its jobs and has them delivered.
import { Worker } from 'bullmq';
import type { FairSemaphore } from '../concurrency/fair-semaphore.js';
import type { InFlight } from '../concurrency/in-flight.js';
import { reasonOf } from '../errors.js';
import { immediatePriority, isUrgentNext } from '../queue/enqueue-send.js';
import type { SendJob } from '../queue/jobs.js';
import { ownerOfQueue } from '../queue/queues.js';
import { deliver } from '../send/deliver.js';
import type { Delivery } from '../send/delivery.js';
import { unreservedSlots } from '../send/reserved-slot.js';
import type { WorkersContext } from './context.js';
import type { Outage } from './database-outage.js';
import type { PauseQuery } from './queue-pauses.js';
import { workerOptions } from './worker-options.js';

export interface SendWorker {
  readonly spreadMs: number | undefined;
  /** When a job was last taken, milliseconds since the epoch. */
  lastWorkAt(): number;
  active(): number;
  /** Has an immediate message that finds all sends under way taken up beside them. */
  hurry(): Promise<void>;
  /** Takes jobs again after a rest; those it had went on meanwhile. */
  resume(): void;
  close(): Promise<void>;
}

/** How long a queue rests after an attempt that broke off, nobody knows why. */
const faultRestMs = 1000;

/** A worker told to resume in the very moment in which it stops is told again. */
const resumeAgainMs = 500;

interface SendWorkerOptions {
  semaphore: FairSemaphore;
  inFlight: InFlight;
  outage: Outage;
  /** Milliseconds between two jobs at least, over all processes; undefined: none. */
  spreadMs: number | undefined;
  /** To be called before each attempt, whose answer may be that the queue has to rest. */
  ask(): PauseQuery;
}

export function openSendWorker(
  ctx: WorkersContext,
  queueName: string,
  shared: SendWorkerOptions,
): SendWorker {
  const owner = ownerOfQueue(queueName);
  let lastWorkAt = ctx.clock.now();
  let active = 0;
  const atMost = ctx.config.maxConcurrentPerAccount;
  const usual = unreservedSlots(atMost);

  async function work({ data, priority }: { data: SendJob; priority: number }): Promise<void> {
    active += 1;
    // What the kept one was for has been taken up: when that ends, nothing less urgent follows.
    worker.concurrency = usual;
    const release = await shared.semaphore.acquire(queueName, priority === immediatePriority);
    const ask = shared.ask();
    try {
      const delivery = await attempt(data, ask);
      if (delivery.kind === 'database_unavailable') {
        if (ask.rest(shared.outage.tryAgainAt(delivery.reason))) pause();
        throw Worker.RateLimitError();
      }
      shared.outage.end();
      if (delivery.kind === 'done') return;
      if (ask.rest(delivery.until)) pause();
      // The job goes back to its place at the head of the queue.
      if (delivery.putBack) throw Worker.RateLimitError();
    } finally {
      ask.close();
      release();
      active -= 1;
      lastWorkAt = ctx.clock.now();
    }
  }

  async function attempt(data: SendJob, ask: PauseQuery): Promise<Delivery> {
    try {
      return await shared.inFlight.run(() => deliver(ctx, owner, data));
    } catch (error) {
      // The job is gone until the sweep finds its message: where the fault is one of all of them, they go slowly.
      if (ask.rest(ctx.clock.now() + faultRestMs)) pause();
      throw error;
    }
  }

  const worker = new Worker<SendJob>(queueName, work, {
    ...workerOptions(ctx),
    concurrency: usual,
    // Smooths only: what may be sent is for the send log to say.
    ...(shared.spreadMs !== undefined && { limiter: { max: 1, duration: shared.spreadMs } }),
  });
  worker.on('error', (error) => ctx.log.debug({ err: error, queue: queueName }, 'send worker'));
  worker.on('failed', (_job, error) =>
    ctx.log.error({ err: error, queue: queueName }, 'an attempt broke off'),
  );
  worker.on('completed', ({ priority }) => {
    if (priority === immediatePriority) void hurry();
  });
  let isPaused = false;
  function pause(): void {
    isPaused = true;
    void worker.pause(true);
  }
  const go = () => {
    if (!isPaused) void worker.resume();
  };
  async function hurry(): Promise<void> {
    if (isPaused || usual === atMost || active < usual) return;
    try {
      if (!(await isUrgentNext(ctx, queueName)) || isPaused || worker.closing) return;
      worker.concurrency = atMost;
      // A worker that waits for one of its jobs to end fetches another only when it is told to go on.
      void worker.pause(true);
      go();
    } catch (error) {
      ctx.log.debug({ reason: reasonOf(error) }, 'an urgent message waits for a send to end');
    }
  }
  return {
    hurry,
    spreadMs: shared.spreadMs,
    lastWorkAt: () => lastWorkAt,
    active: () => active,
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
