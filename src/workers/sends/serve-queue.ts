// Serves queues: each call holds one slot, and has the jobs of one queue fetched and handled one after another.
import type { InFlight } from '../../concurrency/in-flight.js';
import { reasonOf } from '../../errors.js';
import type { WorkersContext } from '../context.js';
import { openOutage } from './database-outage.js';
import { fetchJob, refreshQueue } from './fetch-job.js';
import { handleJob } from './handle-job.js';
import { openLockRenewal } from './lock-renewal.js';
import type { QueueState } from './queue-state.js';
import { type FetchedJob, openSendQueues } from './send-queue.js';
import type { Slot } from './send-slots.js';
import type { SchedulerHooks, ServerParts } from './server-parts.js';
import { openStalledCheck } from './stalled-check.js';

export interface Server {
  /** Fetches and delivers one job, and more of the same queue as long as it may keep the slot. Never fails. */
  serve(queue: QueueState, slot: Slot): Promise<void>;
  /** Opens the queue anew where the pace of its account has changed. */
  refresh(queue: QueueState): Promise<void>;
  close(): void;
}

export function openServer(ctx: WorkersContext, inFlight: InFlight, hooks: SchedulerHooks): Server {
  const locks = openLockRenewal(ctx);
  const stalled = openStalledCheck(ctx, locks, hooks.onDue);
  const openQueue = openSendQueues(ctx);
  const parts = { ctx, inFlight, hooks, openQueue, outage: openOutage(ctx), locks, stalled };
  return {
    serve: (queue, slot) => serve(parts, queue, slot),
    refresh: (queue) => refreshQueue(parts, queue),
    close() {
      stalled.close();
      locks.close();
    },
  };
}

/** Goes on to the next job of the queue where it may: completing a job and fetching the next is one round trip to Redis. */
async function serve(parts: ServerParts, queue: QueueState, slot: Slot): Promise<void> {
  const { ctx, hooks, locks } = parts;
  let job = await fetchJob(parts, queue);
  hooks.onFetched(queue);
  for (let served = 1; job !== undefined && queue.source !== undefined; served++) {
    const handled: FetchedJob = job;
    locks.track(handled, queue.source);
    try {
      const keepSlot = () => mayGoOn(hooks, queue, served) && slot.reuse();
      job = await handleJob(parts, queue, queue.source, handled, keepSlot);
    } catch (error) {
      ctx.log.debug(
        { event: 'queue.job_not_ended', reason: reasonOf(error), queue: queue.name },
        'Redis did not take the end of a job',
      );
      job = undefined;
    } finally {
      locks.untrack(handled);
    }
  }
}

/** The reserved slot is never reused unasked: the next job may not be an immediate message. */
function mayGoOn(hooks: SchedulerHooks, queue: QueueState, served: number): boolean {
  const maySend = !hooks.isClosed() && !queue.pause.isPaused;
  return maySend && queue.active <= hooks.unreserved(queue) && hooks.mayKeepSlot(queue, served);
}
