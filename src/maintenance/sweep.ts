// Finds stored messages that are due but not queued, and queues them; takes over the claims of dead processes.

import { reasonOf } from '../errors.js';
import { addMissingSendJobs } from '../queue/add-send-jobs.js';
import type { Needs } from '../queue/context.js';
import { isRestored } from '../queue/redis/marker.js';
import { promoteAllReports } from '../queue/run-now.js';
import { wakeActivated, wakeOwners } from '../queue/wake-owners.js';
import { findTenantsToReport } from '../store/events/unreported.js';
import { findDeadProcesses, findUnregisteredClaimants } from '../store/instance/dead-processes.js';
import { prune } from '../store/instance/prune.js';
import { pruneSendLog } from '../store/limits/prune.js';
import { releaseClaims } from '../store/messages/release-dead-claims.js';
import { postponeByAge, takeDueForSweep } from '../store/schedule/due-for-sweep.js';
import type { OpenMessage } from '../store/schedule/open-message.js';
import { sweepSoon } from '../store/schedule/sweep-schedule.js';
import { goOnChanging } from './change-in-bulk.js';
import { endTooOld } from './end-too-old.js';
import { goOnRemoving } from './remove-deleted.js';
import { queueActivated } from './requeue-activated.js';

/** On SQLite the statement of a page blocks the process: for 1,000 messages some 30 ms. */
const pageSize = 500;

/** How long a page waits for a restore, if Redis lost its data just after the page was taken. */
const restoredWithinMs = 60_000;

interface SweepCounts {
  /** Claims taken over from dead processes. */
  released: number;
  /** Messages that were not in their place on a queue. */
  queued: number;
  /** Tenants whose reports were asked for. */
  reports: number;
}

export interface SweepPage {
  size: number;
  /** The shortest time until the next sweep of a message. */
  sweepAgainMs: number;
}

export type SweepNeeds = Needs<
  | 'db'
  | 'clock'
  | 'config'
  | 'secrets'
  | 'metrics'
  | 'processId'
  | 'sendClock'
  | 'redis'
  | 'wakes'
  | 'queues'
  | 'log'
  | 'enqueueReport'
>;

/** Running twice, or in two processes at once, queues nothing twice. */
export async function sweep(ctx: SweepNeeds): Promise<SweepCounts> {
  const takeover = await takeOverClaims(ctx);
  // A sweep must not take messages while a restore is running, because they would be queued ahead of older ones.
  const queued = (await isRestored(ctx, 0)) ? await queueDue(ctx, pageOf(ctx)) : 0;
  await endTooOld(ctx);
  await pruneSendLog(ctx);
  await prune(ctx);
  await goOnRemoving(ctx);
  await goOnChanging(ctx);
  const reports = await enqueueOwedReports(ctx);
  await endTakeover(ctx, takeover);
  return { released: takeover.released, queued, reports };
}

/** What the admin's run-now does: a sweep, and reports of all tenants without their pauses. */
export async function sweepNow(ctx: SweepNeeds, stop: AbortSignal): Promise<void> {
  await Promise.all([sweep(ctx), promoteAllReports(ctx, stop)]);
}

/** What a tenant's run-now does: its due messages are queued and its accounts woken, and no other tenant's. */
export async function sweepTenant(ctx: SweepNeeds, tenantId: string): Promise<number> {
  if (!(await isRestored(ctx, 0))) return 0;
  const queued = await queueDue(ctx, pageOf(ctx), tenantId);
  await wakeActivated(ctx, tenantId);
  return queued;
}

export function pageOf({ config }: Needs<'config'>): SweepPage {
  return { size: pageSize, sweepAgainMs: config.sweepIntervalSeconds * 1000 };
}

/** Queues messages that are due for the sweep, a page at a time; with a tenant only its own. @returns how many were not in their place */
export async function queueDue(ctx: SweepNeeds, page: SweepPage, tenantId?: string): Promise<number> {
  let queued = 0;
  for (let found = page.size; found === page.size; ) {
    // Activated tenants first: their operators are watching.
    queued += await queueActivated(ctx, page, tenantId);
    const beganAt = ctx.clock.monotonic();
    const taken = await takeDueForSweep(ctx, page, sweepSoon, tenantId);
    queued += await queuePage(ctx, taken.open, page);
    found = taken.found;
    // Most messages were already queued, so the sweep yields half of its time to other work.
    if (found === page.size) await ctx.clock.sleep(ctx.clock.monotonic() - beganAt);
  }
  return queued;
}

/** A page that Redis refuses is found by a later sweep. Faults of the database end the sweep. */
async function queuePage(ctx: SweepNeeds, messages: OpenMessage[], page: SweepPage): Promise<number> {
  let queued: number;
  try {
    if (ctx.redis.status !== 'ready' || !(await isRestored(ctx, restoredWithinMs))) return 0;
    queued = await addMissingSendJobs(ctx, messages);
  } catch (error) {
    const facts = { event: 'sweep.add_failed', reason: reasonOf(error) };
    ctx.log.warn(facts, 'The sweep could not queue messages; a later sweep will queue them');
    return 0;
  }
  await postponeByAge(ctx, messages, page.sweepAgainMs);
  return queued;
}

/** @returns of how many tenants */
export async function enqueueOwedReports(ctx: SweepNeeds): Promise<number> {
  const tenants = await findTenantsToReport(ctx);
  for (const tenant of tenants) ctx.enqueueReport(tenant);
  return tenants.length;
}

interface Takeover {
  released: number;
  deadProcesses: number;
}

/** Releases the messages that dead processes had claimed. */
export async function takeOverClaims(ctx: SweepNeeds): Promise<Takeover> {
  const dead = [...(await findDeadProcesses(ctx)), ...(await findUnregisteredClaimants(ctx))];
  return { released: await releaseClaims(ctx, dead), deadProcesses: dead.length };
}

/** Once the released messages are queued: opens workers for the queues of processes that died. */
export async function endTakeover(ctx: SweepNeeds, { released, deadProcesses }: Takeover): Promise<void> {
  if (deadProcesses > 0) await wakeOwners(ctx);
  if (released === 0) return;
  const facts = { event: 'sweep.claims_taken_over', released, processes: deadProcesses };
  ctx.log.warn(facts, `${released} messages of dead processes were taken over`);
}
