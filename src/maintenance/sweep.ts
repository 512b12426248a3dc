// Finds what is stored but not on its way and queues it: after a crash, or when Redis lost what it had.

import { reasonOf } from '../errors.js';
import type { Needs } from '../queue/context.js';
import { callsJob, scheduleCalls } from '../queue/enqueue-report.js';
import { enqueueFound, isRestored } from '../queue/enqueue-send.js';
import { markerKey } from '../queue/queues.js';
import { findRunId } from '../queue/redis.js';
import { promoteReports } from '../queue/run-now.js';
import { wakeOwners } from '../queue/wake-owners.js';
import { makeFarCallsDue } from '../store/events/sync-times.js';
import { findTenantsToReport } from '../store/events/unreported.js';
import { findDeadProcesses, findUnregisteredClaimants } from '../store/instance/dead-processes.js';
import { prune } from '../store/instance/prune.js';
import { pruneSendLog } from '../store/limits/prune.js';
import { releaseClaims } from '../store/messages/release-dead-claims.js';
import { postponeByAge, takeDueForSweep } from '../store/schedule/due-for-sweep.js';
import { makeAllDue } from '../store/schedule/make-all-due.js';
import type { OpenMessage } from '../store/schedule/open-message.js';
import { sweepByAge } from '../store/schedule/sweep-schedule.js';
import { queueActivated } from './requeue-activated.js';
import { scheduleRetention } from './retention.js';

/** On SQLite a page's statement holds up the process: for 1,000 messages some 30 ms. */
const pageSize = 500;

/** What was taken for queueing just before Redis was emptied waits for as long as it takes to restore the rest. */
const restoredWithinMs = 60_000;

export interface SweepCounts {
  released: number;
  /** Messages that were not in their place on a queue. */
  queued: number;
  reports: number;
}

type SweepNeeds = Needs<
  'db' | 'clock' | 'config' | 'processId' | 'sendClock' | 'redis' | 'queues' | 'log' | 'enqueueReport'
>;

/**
 * One sweep: takes back what dead processes held, queues what is due or will be before the next sweep, and asks for
 * reports that are owed. Running twice, or in two processes, queues nothing twice.
 * @param all whether to queue every unsent message, for when the queues are known to be gone
 */
export async function sweep(ctx: SweepNeeds, all = false): Promise<SweepCounts> {
  const dead = [...(await findDeadProcesses(ctx)), ...(await findUnregisteredClaimants(ctx))];
  const released = await releaseClaims(ctx, dead);
  const sweepAgainMs = ctx.config.sweepIntervalSeconds * 1000;
  let queued = 0;
  const page = { size: pageSize, sweepAgainMs };
  // What it took from a restoration under way would come in between.
  const isThere = all || (await isRestored(ctx, 0));
  if (all) queued += await restore(ctx, page);
  for (let looked = isThere ? pageSize : 0; looked === pageSize; ) {
    // Somebody waits for these.
    queued += await queueActivated(ctx, page);
    const beganAt = ctx.clock.monotonic();
    const taken = await takeDueForSweep(ctx, page);
    queued += await queueAgain(ctx, taken.open, sweepAgainMs);
    looked = taken.found;
    // Hardly anything of it was missing, so it leaves half of the time to all else.
    if (looked === pageSize) await ctx.clock.sleep(ctx.clock.monotonic() - beganAt);
  }
  if (!all) {
    await pruneSendLog(ctx);
    await prune(ctx);
  }
  const tenants = await findTenantsToReport(ctx);
  for (const tenant of tenants) ctx.enqueueReport(tenant);
  if (dead.length > 0) await wakeOwners(ctx);
  if (released > 0)
    ctx.log.warn({ released, processes: dead.length }, 'messages of dead processes taken over');
  return { released, queued, reports: tenants.length };
}

/** Everything, the database being asked for the next page while Redis takes the last one. */
async function restore(ctx: SweepNeeds, page: { size: number; sweepAgainMs: number }): Promise<number> {
  await makeAllDue(ctx);
  let queued = 0;
  // Whoever finds that this process has died over it restores everything anew.
  const take = () => takeDueForSweep(ctx, page, sweepByAge);
  let next = take();
  for (let looked = page.size; looked === page.size; ) {
    const taken = await next;
    looked = taken.found;
    const adding = enqueueFound(ctx, taken.open);
    if (looked === page.size) next = take();
    const [added] = await Promise.all([adding, next]);
    queued += added;
    // The first to leave are there: what is new may go behind them.
    await ctx.redis.set(markerKey(ctx.config.redisPrefix), 'restoring', 'NX');
  }
  return queued;
}

async function queueAgain(ctx: SweepNeeds, messages: OpenMessage[], sweepAgainMs: number): Promise<number> {
  try {
    if (ctx.redis.status !== 'ready' || !(await isRestored(ctx, restoredWithinMs))) return 0;
    const queued = await enqueueFound(ctx, messages);
    await postponeByAge(ctx, messages, sweepAgainMs);
    return queued;
  } catch (error) {
    ctx.log.warn({ reason: reasonOf(error) }, 'messages could not be queued; a later sweep will find them');
    return 0;
  }
}

/**
 * Notices that Redis was emptied or restarted since the last look by any process, and then queues everything anew.
 * @returns whether it had to
 */
export async function restoreAfterLoss(ctx: SweepNeeds): Promise<boolean> {
  const key = markerKey(ctx.config.redisPrefix);
  const runId = await findRunId(ctx.redis);
  if ((await ctx.redis.get(key)) === runId) return false;
  await schedule(ctx);
  const { queued } = await sweep(ctx, true);
  // Only now: a process that dies before leaves the work to the next.
  await ctx.redis.set(key, runId);
  ctx.log.info({ queued }, 'Redis is new or was restarted: every unsent message is queued again');
  return true;
}

/**
 * For when the wall clock was set back: what was to be done shortly would be done only when that time has come again.
 */
export async function restoreAfterSetBack(ctx: SweepNeeds): Promise<void> {
  const { sweep: sweeps, retention } = ctx.queues;
  await Promise.all([
    sweeps.removeJobScheduler('sweep'),
    sweeps.removeJobScheduler(callsJob),
    retention.removeJobScheduler('retention'),
  ]);
  await makeFarCallsDue(ctx);
  await schedule(ctx);
  await promoteReports(ctx);
  const { queued } = await sweep(ctx, true);
  ctx.log.warn({ queued }, 'the clock was set back: every unsent message is queued again');
}

async function schedule(ctx: SweepNeeds): Promise<void> {
  await scheduleSweep(ctx);
  await scheduleCalls(ctx);
  await scheduleRetention(ctx);
}

/** Redis itself reminds the workers to sweep. */
export async function scheduleSweep(ctx: Needs<'queues' | 'config'>): Promise<void> {
  const every = ctx.config.sweepIntervalSeconds * 1000;
  await ctx.queues.sweep.upsertJobScheduler('sweep', { every }, { name: 'sweep' });
}
