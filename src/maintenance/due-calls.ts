// Calls applications that are due for a call although there may be no events for them.

import type { Needs } from '../queue/context.js';
import { findDueCalls, makeCallsDue } from '../store/events/sync-times.js';
import { isAlone } from '../store/instance/dead-processes.js';

type CallNeeds = Needs<'db' | 'clock' | 'config' | 'enqueueReport'>;

/** Name of the job on the sweep queue that queues due calls. */
export const callsJob = 'calls';

/** After a start of the service every application is called soon; not when a process joins others. */
export async function startCalls(ctx: CallNeeds & Needs<'processId' | 'queues'>): Promise<void> {
  if (await isAlone(ctx)) await makeCallsDue(ctx);
  await scheduleCalls(ctx);
  await enqueueCalls(ctx);
}

/** Queues a call of each application that is due. @returns how many */
export async function enqueueCalls(ctx: CallNeeds): Promise<number> {
  const due = await findDueCalls(ctx);
  for (const tenantId of due) ctx.enqueueReport.call(tenantId);
  return due.length;
}

/** BullMQ schedules the check, ten times in a sync interval, so that no call comes much too late. */
export async function scheduleCalls(ctx: Needs<'queues' | 'config'>): Promise<void> {
  const every = Math.min(5000, Math.max(500, ctx.config.syncIntervalSeconds * 100));
  await ctx.queues.sweep.upsertJobScheduler(callsJob, { every }, { name: callsJob });
}
