// Decides which accounts have a worker: opens one when there is work and the queue may send, and closes it when idle.

import { openFairSemaphore } from '../concurrency/fair-semaphore.js';
import type { InFlight } from '../concurrency/in-flight.js';
import { reasonOf } from '../errors.js';
import { setMarker } from '../queue/bullmq-internals.js';
import { ownerOfQueue } from '../queue/queues.js';
import { findAccountBatched } from '../store/accounts/sending-accounts.js';
import { isUnavailable } from '../store/db/unavailable.js';
import { openAccountWorkers } from './account-workers.js';
import type { WorkersContext } from './context.js';
import { openOutage } from './database-outage.js';
import { hasWorkSoon } from './has-work-soon.js';
import { openQueuePauses } from './queue-pauses.js';
import type { SharedBySends } from './run-send-job.js';
import { openSendWorker, type SendWorker } from './send-worker.js';

export interface Scheduler {
  /** There is, or will soon be, work on this send queue. */
  wake(queueName: string): void;
  /** As `wake`, for an urgent job, which must not wait until a send in flight ends. */
  takeUrgent(queueName: string): void;
  /** The reason for a pause of the queue may be gone. */
  resume(queueName: string): void;
  close(): Promise<void>;
}

export function openScheduler(ctx: WorkersContext, inFlight: InFlight): Scheduler {
  const idleMs = ctx.config.accountIdleSeconds * 1000;
  const wokenAt = new Map<string, number>();
  const pauses = openQueuePauses(ctx.clock, onResumed);
  const semaphore = openFairSemaphore({
    atOnce: ctx.config.maxConcurrentSends,
    perOwner: ctx.config.maxConcurrentPerAccount,
    clock: ctx.clock,
  });
  const shared: SharedBySends = { semaphore, inFlight, outage: openOutage(ctx), pauses };
  const workers = openAccountWorkers<SendWorker>({
    async prepare(queueName) {
      const spreadMs = await findSpreadMs(ctx, queueName);
      return () => openSendWorker(ctx, queueName, shared, spreadMs);
    },
    onReopen: wake,
    onClosed: semaphore.forget,
  });
  let isClosed = false;

  function wake(queueName: string): void {
    if (isClosed) return;
    if (workers.get(queueName)) wokenAt.set(queueName, ctx.clock.now());
    pauses.wake(queueName);
    if (!pauses.isPaused(queueName)) workers.open(queueName);
  }

  function onResumed(queueName: string): void {
    const worker = workers.get(queueName);
    if (worker) {
      worker.resume();
      void setMarker(ctx, queueName);
    } else wake(queueName);
  }

  /** The account may have changed, and with it the spread that its worker was opened with. */
  async function resume(queueName: string): Promise<void> {
    ctx.transport.closeIdle(queueName);
    pauses.resume(queueName);
    const worker = workers.get(queueName);
    if (worker === undefined || worker.spreadMs === (await findSpreadMs(ctx, queueName))) return;
    if (workers.get(queueName) !== worker) return;
    end(queueName, worker);
    wake(queueName);
  }

  function end(queueName: string, worker: SendWorker): void {
    wokenAt.delete(queueName);
    ctx.transport.closeIdle(queueName);
    workers.end(queueName, worker);
  }

  async function closeIdle(): Promise<void> {
    for (const [queueName, worker] of workers.entries()) {
      if (!isIdle(queueName, worker)) continue;
      if (!pauses.isPaused(queueName) && (await hasWorkSoon(ctx, queueName))) continue;
      // The queue may have been woken while Redis was asked.
      if (workers.get(queueName) === worker && isIdle(queueName, worker)) end(queueName, worker);
    }
  }

  /** Whether the worker had nothing to do for a while, or may not send for as long. */
  function isIdle(queueName: string, worker: SendWorker): boolean {
    if (worker.active() > 0) return false;
    if (pauses.isPaused(queueName)) return pauses.isPausedForLong(queueName, idleMs);
    return ctx.clock.now() - Math.max(worker.lastWorkAt(), wokenAt.get(queueName) ?? 0) >= idleMs;
  }

  const stopClosingIdle = repeat(ctx, Math.max(1000, idleMs / 4), closeIdle);

  return {
    wake,
    takeUrgent(queueName) {
      wake(queueName);
      void workers.get(queueName)?.takeUrgent();
    },
    resume: (queueName) => void resume(queueName),
    async close() {
      isClosed = true;
      stopClosingIdle();
      pauses.close();
      for (const [queueName] of workers.entries()) ctx.transport.closeIdle(queueName);
      await workers.close();
    },
  };
}

/** @returns undefined also when the account cannot be read: the spread smooths only, and the send log still decides */
async function findSpreadMs(ctx: WorkersContext, queueName: string): Promise<number | undefined> {
  try {
    return (await findAccountBatched(ctx, ownerOfQueue(queueName), undefined))?.spreadMs;
  } catch (error) {
    const level = isUnavailable(error) ? 'debug' : 'warn';
    const facts = { event: 'account.unread', queue: queueName, reason: reasonOf(error) };
    ctx.log[level](facts, 'An account could not be read; its sends are not spread evenly');
    return undefined;
  }
}

/** Runs the task every `ms`, never twice at once. */
function repeat(ctx: WorkersContext, ms: number, task: () => Promise<void>): () => void {
  let isRunning = false;
  return ctx.clock.every(ms, () => {
    if (isRunning) return;
    isRunning = true;
    task()
      .catch((error: unknown) => {
        // Without Redis the question for work on a queue fails; any other fault is one of this program.
        const level = ctx.redis.status === 'ready' ? 'error' : 'debug';
        ctx.log[level]({ event: 'queue.idle_check_failed', err: error }, 'Idle workers could not be closed');
      })
      .finally(() => {
        isRunning = false;
      });
  });
}
