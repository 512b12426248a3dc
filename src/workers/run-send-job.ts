// Runs one job of a send queue: waits for a permit, has the message delivered, and pauses the queue if it may not send.
import type { FairSemaphore } from '../concurrency/fair-semaphore.js';
import type { InFlight } from '../concurrency/in-flight.js';
import { immediatePriority } from '../queue/bullmq-internals.js';
import type { SendJob } from '../queue/jobs.js';
import { ownerOfQueue } from '../queue/queues.js';
import { deliver } from '../send/deliver.js';
import type { WorkersContext } from './context.js';
import type { Outage } from './database-outage.js';
import type { QueuePauses } from './queue-pauses.js';

/** What the send workers of this process share. */
export interface SharedBySends {
  semaphore: FairSemaphore;
  inFlight: InFlight;
  outage: Outage;
  pauses: QueuePauses;
}

/** How long a queue pauses after an unexpected fault. */
const faultPauseMs = 1000;

/**
 * @param onPause called when the queue has to pause, before the job ends
 * @returns whether the job goes back to its place at the head of the queue
 * @throws an unexpected fault, which removes the job; the sweep finds its message later
 */
export async function runSendJob(
  ctx: WorkersContext,
  shared: SharedBySends,
  queueName: string,
  job: { data: SendJob; priority: number },
  onPause: () => void,
): Promise<'done' | 'put_back'> {
  const { semaphore, inFlight, outage, pauses } = shared;
  const release = await semaphore.acquire(queueName, job.priority === immediatePriority);
  const query = pauses.beginQuery(queueName);
  const pause = (until: number | undefined) => {
    if (pauses.pause(queueName, until, query)) onPause();
  };
  try {
    const delivery = await inFlight.run(() => deliver(ctx, ownerOfQueue(queueName), job.data));
    if (delivery.kind === 'database_unavailable') {
      pause(outage.nextTryAt(delivery.reason));
      return 'put_back';
    }
    outage.end();
    if (delivery.kind === 'done') return 'done';
    pause(delivery.until);
    return delivery.putBack ? 'put_back' : 'done';
  } catch (error) {
    // If every message meets this fault, the pause keeps them from failing all at once.
    pause(ctx.clock.now() + faultPauseMs);
    throw error;
  } finally {
    pauses.endQuery(queueName, query);
    release();
  }
}
