// Runs everything that a process with the worker role does beside HTTP: sends, reports, sweeps, and restores after faults.

import { openInFlight } from '../concurrency/in-flight.js';
import { startCalls } from '../maintenance/due-calls.js';
import { scheduleHistory } from '../maintenance/history.js';
import { restoreAfterLoss } from '../maintenance/restore-after-redis-loss.js';
import { scheduleRetention, scheduleSweep } from '../maintenance/schedule.js';
import { sweep } from '../maintenance/sweep.js';
import { keepMailboxesScheduled } from '../queue/mailbox-jobs.js';
import type { WakeReason } from '../queue/wake-channel.js';
import { wakeOwners } from '../queue/wake-owners.js';
import { isUnavailable } from '../store/db/unavailable.js';
import { releaseLostClaims } from '../store/messages/release-dead-claims.js';
import { openBounceWorker } from './bounces/bounce-worker.js';
import type { WorkersContext } from './context.js';
import { openMaintenanceWorker } from './maintenance-worker.js';
import { openReportWorker } from './reports/report-worker.js';
import { openScheduler, type Scheduler } from './sends/send-scheduler.js';
import { watchForRestore } from './watch-for-restore.js';

export interface Workers {
  /** Takes no new jobs, and resolves when those in flight have ended. */
  close(): Promise<void>;
}

const releaseEveryMs = 5000;

/**
 * The order matters. The scheduler listens before the sweep queues messages, so that no announcement is lost. The restore
 * after a loss comes before the ordinary sweep, because the sweep would queue newer messages ahead of older ones.
 */
export async function runWorkers(ctx: WorkersContext): Promise<Workers> {
  const inFlight = openInFlight();
  const scheduler = openScheduler(ctx, inFlight);
  const stopListening = await listenForWakes(ctx, scheduler);
  const reports = openReportWorker(ctx, inFlight);
  const maintenance = openMaintenanceWorker(ctx, inFlight);
  const bounces = openBounceWorker(ctx);

  await startCalls(ctx);
  await scheduleSweep(ctx);
  await scheduleRetention(ctx);
  await scheduleHistory(ctx);
  await keepMailboxesScheduled(ctx);
  if (!(await restoreAfterLoss(ctx))) await sweep(ctx);
  await wakeOwners(ctx);

  const stopWatching = watchForRestore(ctx);
  const stopReleasing = ctx.clock.every(releaseEveryMs, () => void releaseLost(ctx));

  return {
    async close() {
      stopWatching();
      stopReleasing();
      stopListening();
      const closed = Promise.all([scheduler.close(), reports.close(), maintenance.close(), bounces.close()]);
      // Sends in flight end first: their results go to the database, which closes after this.
      await inFlight.drained();
      await Promise.race([closed, redisIsAway(ctx)]);
    },
  };
}

/** @returns a function that ends the connection */
function listenForWakes(ctx: WorkersContext, scheduler: Scheduler): Promise<() => void> {
  function wake(queueNames: string[], reason: WakeReason): void {
    for (const name of queueNames) {
      if (reason === 'resumed') scheduler.resume(name);
      else scheduler.wake(name, reason === 'urgent');
    }
  }
  // Wakes that were published while the connection was down are published again.
  return ctx.wakes.listen(wake, () => {
    wakeOwners(ctx).catch((error: unknown) =>
      ctx.log.debug({ event: 'redis.listener_fault', err: error }, 'The queues with work were not woken'),
    );
  });
}

/** Messages that a dead process had claimed are released. A failure is logged and made up for five seconds later. */
async function releaseLost(ctx: WorkersContext): Promise<void> {
  try {
    await releaseLostClaims(ctx);
  } catch (error) {
    const level = isUnavailable(error) ? 'debug' : 'error';
    ctx.log[level]({ event: 'claims.not_released', err: error }, 'Lost claims could not be released');
  }
}

/** Without Redis a BullMQ worker never finishes closing. Nothing is lost, because the database has every message. */
function redisIsAway({ redis }: WorkersContext): Promise<void> {
  return new Promise((resolve) => {
    if (redis.status === 'ready') redis.once('close', resolve);
    else resolve();
  });
}
