// Queues every unsent message again after Redis lost its data, or after the wall clock was set back.

import { addMissingSendJobs } from '../queue/add-send-jobs.js';
import { findUnrestoredRun, markRestoreBegun, markRestored } from '../queue/redis/marker.js';
import { promoteAllReports } from '../queue/run-now.js';
import { makeFarCallsDue } from '../store/events/sync-times.js';
import { takeDueForSweep } from '../store/schedule/due-for-sweep.js';
import { makeAllDue } from '../store/schedule/make-all-due.js';
import { sweepByAge } from '../store/schedule/sweep-schedule.js';
import { scheduleAll, unscheduleAll } from './schedule.js';
import {
  endTakeover,
  enqueueOwedReports,
  pageOf,
  queueDue,
  type SweepNeeds,
  type SweepPage,
  takeOverClaims,
} from './sweep.js';

/**
 * Notices that Redis was emptied or restarted since a process last checked, and then queues everything again.
 * @returns whether it had to
 */
export async function restoreAfterLoss(ctx: SweepNeeds): Promise<boolean> {
  const runId = await findUnrestoredRun(ctx);
  if (runId === undefined) return false;
  await scheduleAll(ctx);
  const queued = await requeueAll(ctx);
  // Only now: if this process dies earlier, another process notices that the marker is missing and restarts the restore.
  await markRestored(ctx, runId);
  ctx.log.info(
    { event: 'redis.restored', queued },
    'Redis is new or was restarted: unsent messages are queued',
  );
  return true;
}

/** Without this, everything planned for a time soon would wait until the clock shows that time again. */
export async function restoreAfterSetBack(ctx: SweepNeeds): Promise<void> {
  await unscheduleAll(ctx);
  await makeFarCallsDue(ctx);
  await scheduleAll(ctx);
  await promoteAllReports(ctx);
  const queued = await requeueAll(ctx);
  ctx.log.warn(
    { event: 'clock.set_back', queued },
    'The clock was set back: unsent messages are queued again',
  );
}

/** As a sweep, but of every unsent message and while the queues are not restored. @returns how many were missing */
async function requeueAll(ctx: SweepNeeds): Promise<number> {
  const takeover = await takeOverClaims(ctx);
  const page = pageOf(ctx);
  const queued = (await queueAllByAge(ctx, page)) + (await queueDue(ctx, page));
  await enqueueOwedReports(ctx);
  await endTakeover(ctx, takeover);
  return queued;
}

/** The database reads the next page while Redis takes the last one. */
async function queueAllByAge(ctx: SweepNeeds, page: SweepPage): Promise<number> {
  await makeAllDue(ctx);
  let queued = 0;
  // The next sweep of these messages is not soon: if this process dies here, another one restarts the whole restore.
  const take = () => takeDueForSweep(ctx, page, sweepByAge);
  let next = take();
  for (let found = page.size; found === page.size; ) {
    const taken = await next;
    found = taken.found;
    const adding = addMissingSendJobs(ctx, taken.open);
    if (found === page.size) next = take();
    const [added] = await Promise.all([adding, next]);
    queued += added;
    await markRestoreBegun(ctx);
  }
  return queued;
}
