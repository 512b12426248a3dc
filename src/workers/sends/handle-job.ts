// Has the message of a fetched job delivered, and does with the job and its queue what the result asks.
import { immediatePriority } from '../../queue/job-priority.js';
import { deliver } from '../../send/deliver.js';
import type { Delivery } from '../../send/delivery.js';
import { noteEmpty } from './fetch-job.js';
import type { Epoch } from './queue-pause.js';
import type { QueueState } from './queue-state.js';
import type { FetchedJob, SendQueue } from './send-queue.js';
import type { ServerParts } from './server-parts.js';

/** How long a queue pauses after an attempt that broke off for an unknown reason. */
const faultPauseMs = 1000;
/** How long the job whose message is blocked is held while those behind it are fetched. */
const probeMs = 50;

/**
 * @param keepSlot whether the slot may be used for the next job of the queue
 * @returns the next job
 * @throws the error of a Redis that did not take the end of the job
 */
export async function handleJob(
  parts: ServerParts,
  queue: QueueState,
  source: SendQueue,
  job: FetchedJob,
  keepSlot: () => boolean,
): Promise<FetchedJob | undefined> {
  const { ctx, hooks, locks } = parts;
  if (hooks.isClosed()) return putBack(queue, source, job);
  if (job.priority !== immediatePriority) queue.isUrgent = false;
  const asked = queue.pause.epoch();
  try {
    const delivery = await deliverJob(parts, queue, job);
    if (!(await settle(parts, queue, delivery, asked))) return await putBack(queue, source, job);
  } catch (error) {
    // The job is gone until the sweep finds its message. Where all messages meet the same fault, they go slowly.
    queue.pause.pause(ctx.clock.now() + faultPauseMs, asked);
    ctx.log.error({ event: 'send.broke_off', err: error, queue: queue.name }, 'An attempt broke off');
    await source.fail(job, error instanceof Error ? error : new Error(String(error)));
    return undefined;
  }
  const { announcements } = queue;
  const goesOn = keepSlot();
  const next = await source.complete(job, goesOn);
  locks.untrack(job);
  if (goesOn && next === undefined) await noteEmpty(parts, queue, source, announcements);
  return next;
}

/** A job without data was fetched while its queue was being removed with its deleted account. */
async function deliverJob(
  { ctx, inFlight }: ServerParts,
  queue: QueueState,
  job: FetchedJob,
): Promise<Delivery> {
  if (job.data.pk === undefined) return { kind: 'done' };
  return inFlight.run(() => deliver(ctx, queue.owner, job.data));
}

/** Pauses the queue where the result asks for it. @returns false where the job is to be put back */
async function settle(
  { ctx, hooks, outage }: ServerParts,
  queue: QueueState,
  delivery: Delivery,
  asked: Epoch,
): Promise<boolean> {
  if (delivery.kind === 'database_unavailable') {
    queue.pause.pause(outage.nextTryAt(delivery.reason), asked);
    return false;
  }
  outage.end();
  if (delivery.kind === 'no_room') return false;
  if (delivery.kind !== 'pause') return true;
  const wasPaused = queue.pause.isPaused;
  queue.pause.pause(delivery.until, asked);
  if (!delivery.putBack) return true;
  if (!wasPaused && delivery.until !== undefined) {
    // The next jobs are fetched before this one is back at the head of the queue, where it would be fetched again.
    queue.probesLeft = hooks.unreserved(queue) - 1;
    hooks.onFetched(queue);
    await ctx.clock.sleep(probeMs);
  }
  return false;
}

async function putBack(queue: QueueState, source: SendQueue, job: FetchedJob): Promise<undefined> {
  await source.putBack(job);
  // A fetch that found the queue empty meanwhile is out of date.
  queue.announcements += 1;
  queue.hasWork = true;
  return undefined;
}
