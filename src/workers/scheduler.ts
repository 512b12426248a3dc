// Keeps a worker for every account that has work and may send, and closes those that have had none for a while.

import { openFairSemaphore } from '../concurrency/fair-semaphore.js';
import type { InFlight } from '../concurrency/in-flight.js';
import { reasonOf } from '../errors.js';
import { setMarker } from '../queue/bullmq-internals.js';
import { ownerOfQueue } from '../queue/queues.js';
import { findAccountBatched } from '../store/accounts/sending-accounts.js';
import { wakeAheadMs } from '../store/schedule/sweep-schedule.js';
import type { WorkersContext } from './context.js';
import { openOutage } from './database-outage.js';
import { openQueuePauses } from './queue-pauses.js';
import { openSendWorker, type SendWorker } from './send-worker.js';

export interface AccountWorkers {
  /** There is, or will soon be, work on this send queue. */
  wake(queueName: string): void;
  /** As `wake`, for what is not to wait until a send under way ends. */
  hurry(queueName: string): void;
  /** What made the queue rest may be over. */
  lift(queueName: string): void;
  close(): Promise<void>;
}

export function openAccountWorkers(ctx: WorkersContext, inFlight: InFlight): AccountWorkers {
  const semaphore = openFairSemaphore({
    atOnce: ctx.config.maxConcurrentSends,
    perOwner: ctx.config.maxConcurrentPerAccount,
    clock: ctx.clock,
  });
  const workers = new Map<string, SendWorker>();
  const wokenAt = new Map<string, number>();
  const opening = new Map<string, Promise<void>>();
  const closing = new Map<string, Promise<void>>();
  const idleMs = ctx.config.accountIdleSeconds * 1000;
  const rests = openQueuePauses(ctx.clock, goOn);
  const outage = openOutage(ctx);
  let closed = false;

  function wake(queueName: string): void {
    if (closed) return;
    if (workers.has(queueName)) wokenAt.set(queueName, ctx.clock.now());
    rests.wake(queueName);
    if (!rests.isPaused(queueName)) start(queueName);
  }

  /** The queue has rested: its worker, if it was kept, goes on. */
  function goOn(queueName: string): void {
    const worker = workers.get(queueName);
    if (worker) {
      worker.resume();
      void setMarker(ctx, queueName);
    } else wake(queueName);
  }

  function start(queueName: string): void {
    if (closed || workers.has(queueName) || opening.has(queueName)) return;
    const ending = closing.get(queueName);
    if (ending) {
      void ending.then(() => wake(queueName));
      return;
    }
    const opened = spreadOf(queueName).then((spreadMs) => {
      opening.delete(queueName);
      if (closed) return;
      const ask = () => rests.ask(queueName);
      workers.set(queueName, openSendWorker(ctx, queueName, { semaphore, inFlight, outage, spreadMs, ask }));
    });
    opening.set(queueName, opened);
  }

  async function spreadOf(queueName: string): Promise<number | undefined> {
    try {
      return (await findAccountBatched(ctx, ownerOfQueue(queueName), undefined))?.spreadMs;
    } catch (error) {
      ctx.log.debug({ reason: reasonOf(error) }, 'an account could not be read; its sends are not spread');
      return undefined;
    }
  }

  /** What the worker was opened with may have changed with its account. */
  async function lift(queueName: string): Promise<void> {
    ctx.transport.closeIdle(queueName);
    rests.lift(queueName);
    const worker = workers.get(queueName);
    if (worker === undefined || worker.spreadMs === (await spreadOf(queueName))) return;
    if (workers.get(queueName) !== worker) return;
    end(queueName, worker);
    wake(queueName);
  }

  async function closeIdle(): Promise<void> {
    for (const [name, worker] of workers) {
      if (!isUseless(name, worker) || (!rests.isPaused(name) && (await dueSoon(name)))) continue;
      // It may have been woken while Redis was asked.
      if (workers.get(name) === worker && isUseless(name, worker)) end(name, worker);
    }
  }

  /** Whether it has had no work for a while, or may do none for as long. */
  function isUseless(name: string, worker: SendWorker): boolean {
    if (worker.active() > 0) return false;
    if (rests.isPaused(name)) return rests.isPausedForLong(name, idleMs);
    return ctx.clock.now() - Math.max(worker.lastWorkAt(), wokenAt.get(name) ?? 0) >= idleMs;
  }

  /** A worker is what makes delayed jobs ready, so one that has some soon is kept. */
  async function dueSoon(name: string): Promise<boolean> {
    if (ctx.redis.status !== 'ready') return true;
    const queue = ctx.queues.send(name);
    const counts = await queue.getJobCounts('wait', 'prioritized', 'active');
    if (Object.values(counts).some((n) => n > 0)) return true;
    const [next] = await queue.getDelayed(0, 0);
    return (
      next !== undefined &&
      next.timestamp + next.delay - ctx.clock.now() < idleMs + 2 * wakeAheadMs(ctx.config)
    );
  }

  function end(name: string, worker: SendWorker): void {
    workers.delete(name);
    wokenAt.delete(name);
    ctx.transport.closeIdle(name);
    const ended = worker.close().finally(() => {
      closing.delete(name);
      semaphore.forget(name);
    });
    closing.set(name, ended);
  }

  let isLooking = false;
  const stopLooking = ctx.clock.every(Math.max(1000, idleMs / 4), () => {
    if (isLooking) return;
    isLooking = true;
    closeIdle()
      .catch((error: unknown) => ctx.log.debug({ err: error }, 'idle workers'))
      .finally(() => {
        isLooking = false;
      });
  });

  return {
    wake,
    hurry(queueName) {
      wake(queueName);
      void workers.get(queueName)?.hurry();
    },
    lift: (queueName) => void lift(queueName),
    async close() {
      closed = true;
      stopLooking();
      rests.close();
      await Promise.all(opening.values());
      for (const [name, worker] of workers) end(name, worker);
      await Promise.all(closing.values());
    },
  };
}
