// Serves one queue with one slot: fetches a job, has it delivered, and does with the job and the queue what the result asks.
import type { InFlight } from '../concurrency/in-flight.js';
import type { Owner } from '../domain/owner.js';
import { reasonOf } from '../errors.js';
import { isUrgentNext } from '../queue/bullmq-internals.js';
import { immediatePriority } from '../queue/job-priority.js';
import { deliver } from '../send/deliver.js';
import type { Delivery } from '../send/delivery.js';
import { findAccountBatched } from '../store/accounts/sending-accounts.js';
import { wakeAheadMs } from '../store/schedule/sweep-schedule.js';
import type { WorkersContext } from './context.js';
import { openOutage } from './database-outage.js';
import { openLockRenewal } from './lock-renewal.js';
import type { QueueState } from './queue-state.js';
import { type FetchedJob, openSendQueues, type SendQueue } from './send-queue.js';
import type { Slot } from './send-slots.js';

interface Server {
  /** Fetches and delivers one job, and more of the same queue as long as it may keep the slot. Never fails. */
  serve(queue: QueueState, slot: Slot): Promise<void>;
  /** Opens the queue anew where the pace of its account has changed. */
  refresh(queue: QueueState): Promise<void>;
  close(): void;
}

/** What the server asks and tells the scheduler. */
interface SchedulerHooks {
  /** How many sends of one account may be in flight that are not known to be of immediate messages. */
  unreserved(queue: QueueState): number;
  isClosed(): boolean;
  /** Whether the slot may go on with this queue, after so many of its jobs. */
  mayKeepSlot(queue: QueueState, served: number): boolean;
  /** A fetch has ended: the queue may be lined up for another one. */
  onFetched(queue: QueueState): void;
  /** The queue may have work again, without an announcement. */
  onDue(queue: QueueState): void;
}

/** How long a queue pauses after an attempt that broke off for an unknown reason. */
const faultPauseMs = 1000;
/** How long a queue pauses when Redis fails. */
const redisPauseMs = 500;
/** How long the job whose message is blocked is held while those behind it are fetched. */
const probeMs = 50;
/** How often a queue is checked whose jobs another process has locked, because that process may have died. */
const stalledCheckMs = 5000;

/**
 * One call to `serve` holds one slot. It goes on to the next job of the same queue where it may, because completing a job
 * and fetching the next one then takes one round trip to Redis.
 */
export function openServer(ctx: WorkersContext, inFlight: InFlight, hooks: SchedulerHooks): Server {
  const { clock, log } = ctx;
  const { unreserved } = hooks;
  const horizonMs = ctx.config.accountIdleSeconds * 1000 + 2 * wakeAheadMs(ctx.config);
  const openQueue = openSendQueues(ctx);
  const outage = openOutage(ctx);
  const locks = openLockRenewal(ctx);

  async function serve(queue: QueueState, slot: Slot): Promise<void> {
    let job = await fetch(queue);
    hooks.onFetched(queue);
    for (let served = 1; job !== undefined && queue.source !== undefined; served++) {
      const handled: FetchedJob = job;
      locks.track(handled, queue.source);
      try {
        job = await handle(queue, queue.source, handled, () => mayGoOn(queue, served) && slot.reuse());
      } catch (error) {
        log.debug(
          { event: 'queue.job_not_ended', reason: reasonOf(error), queue: queue.name },
          'Redis did not take the end of a job',
        );
        job = undefined;
      } finally {
        locks.untrack(handled);
      }
    }
  }

  async function fetch(queue: QueueState): Promise<FetchedJob | undefined> {
    queue.isFetching = true;
    if (queue.pause.isPaused) queue.probesLeft -= 1;
    const { announcements } = queue;
    const asked = queue.pause.epoch();
    try {
      if (queue.active > unreserved(queue) && !(await isUrgentNext(ctx, queue.name))) {
        queue.isUrgent = false;
        return undefined;
      }
      queue.source ??= openQueue(queue.name, await spreadOf(queue.owner));
      const job = await queue.source.fetch();
      if (job === undefined) await noteEmpty(queue, queue.source, announcements);
      return job;
    } catch (error) {
      log.debug(
        { event: 'queue.not_fetched', reason: reasonOf(error), queue: queue.name },
        'No job could be fetched',
      );
      queue.pause.pause(clock.now() + redisPauseMs, asked);
      return undefined;
    } finally {
      queue.isFetching = false;
    }
  }

  /** Nothing of the queue is due now. Sets a timer where that will change without an announcement. */
  async function noteEmpty(queue: QueueState, source: SendQueue, announcements: number): Promise<void> {
    if (queue.announcements !== announcements) return;
    queue.hasWork = false;
    queue.isUrgent = false;
    const [nextAt, locked] = await Promise.all([source.nextAt(), source.countActive()]);
    const times = nextAt === undefined ? [] : [nextAt];
    if (locked > locks.count(source)) {
      await source.putStalledBack();
      times.push(clock.now() + stalledCheckMs);
    }
    const inMs = Math.min(...times) - clock.now();
    // The sweep announces jobs that are due later.
    if (inMs > horizonMs || hooks.isClosed()) return;
    queue.cancelTimer?.();
    queue.cancelTimer = clock.after(Math.max(0, inMs), () => {
      queue.cancelTimer = undefined;
      hooks.onDue(queue);
    });
  }

  /**
   * @param keepSlot whether the slot may be used for the next job of the queue
   * @returns the next job
   */
  async function handle(
    queue: QueueState,
    source: SendQueue,
    job: FetchedJob,
    keepSlot: () => boolean,
  ): Promise<FetchedJob | undefined> {
    if (hooks.isClosed()) return putBack(queue, source, job);
    if (job.priority !== immediatePriority) queue.isUrgent = false;
    const asked = queue.pause.epoch();
    try {
      // A job without data: its queue was removed with its deleted account while it was being fetched.
      const delivery: Delivery =
        job.data.pk === undefined
          ? { kind: 'done' }
          : await inFlight.run(() => deliver(ctx, queue.owner, job.data));
      if (delivery.kind === 'database_unavailable') {
        queue.pause.pause(outage.nextTryAt(delivery.reason), asked);
        return await putBack(queue, source, job);
      }
      outage.end();
      if (delivery.kind === 'no_room') return await putBack(queue, source, job);
      if (delivery.kind === 'pause') {
        const wasPaused = queue.pause.isPaused;
        queue.pause.pause(delivery.until, asked);
        if (delivery.putBack) {
          if (!wasPaused && delivery.until !== undefined) await probe(queue);
          return await putBack(queue, source, job);
        }
      }
    } catch (error) {
      // The job is gone until the sweep finds its message. Where all messages meet the same fault, they go slowly.
      queue.pause.pause(clock.now() + faultPauseMs, asked);
      log.error({ event: 'send.broke_off', err: error, queue: queue.name }, 'An attempt broke off');
      await source.fail(job, error instanceof Error ? error : new Error(String(error)));
      return undefined;
    }
    const { announcements } = queue;
    const goesOn = keepSlot();
    const next = await source.complete(job, goesOn);
    locks.untrack(job);
    if (goesOn && next === undefined) await noteEmpty(queue, source, announcements);
    return next;
  }

  /** Lets the next jobs be fetched before the first is put back to the head of the queue, where it would be fetched again. */
  async function probe(queue: QueueState): Promise<void> {
    queue.probesLeft = unreserved(queue) - 1;
    hooks.onFetched(queue);
    await clock.sleep(probeMs);
  }

  async function putBack(queue: QueueState, source: SendQueue, job: FetchedJob): Promise<undefined> {
    await source.putBack(job);
    // A fetch that found the queue empty meanwhile is out of date.
    queue.announcements += 1;
    queue.hasWork = true;
    return undefined;
  }

  /** The reserved slot is never reused unasked: the next job may not be an immediate message. */
  function mayGoOn(queue: QueueState, served: number): boolean {
    const maySend = !hooks.isClosed() && !queue.pause.isPaused;
    return maySend && queue.active <= unreserved(queue) && hooks.mayKeepSlot(queue, served);
  }

  async function spreadOf(owner: Owner): Promise<number | undefined> {
    try {
      return (await findAccountBatched(ctx, owner, undefined))?.spreadMs;
    } catch (error) {
      log.debug(
        { event: 'account.not_read', reason: reasonOf(error) },
        'An account could not be read; its sends are not spread',
      );
      return undefined;
    }
  }

  return {
    serve,
    async refresh(queue) {
      const spreadMs = await spreadOf(queue.owner);
      if (queue.source === undefined || queue.source.spreadMs === spreadMs) return;
      void queue.source.close();
      queue.source = openQueue(queue.name, spreadMs);
    },
    close: locks.close,
  };
}
