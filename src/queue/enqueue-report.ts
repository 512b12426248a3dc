// Asks for a tenant's application to be told something: one job per tenant and occasion at a time.

import { expiringMap } from '../concurrency/expiring-map.js';
import { reasonOf } from '../errors.js';
import { findDueCalls, makeCallsDue } from '../store/events/sync-times.js';
import { isAlone } from '../store/instance/dead-processes.js';
import type { Needs } from './context.js';
import { dedupIdOf, type EnqueueReport, type ReportJob } from './jobs.js';

/** Results of the same moment go into one report. */
const batchMs = 50;
/**
 * While a tenant's results keep coming: whatever a report tells, it takes a job, a claim, three reads and three updates.
 * They are due within a second.
 */
const batchWhileBusyMs = 250;

export function openEnqueueReport(ctx: Needs<'queues' | 'redis' | 'clock' | 'log'>): EnqueueReport {
  const asked = new Map<string, () => void>();
  const busy = expiringMap<true>(ctx.clock, 2 * batchWhileBusyMs);
  const add = async (id: string, job: ReportJob) => {
    asked.delete(id);
    if (ctx.redis.status !== 'ready') return;
    try {
      await ctx.queues.report.add(job.occasion, job, {
        // While a report of this tenant waits, one more changes nothing; while it runs, one more is kept for after.
        deduplication: { id, keepLastIfActive: job.occasion === 'events' },
        attempts: Number.MAX_SAFE_INTEGER,
        backoff: { type: 'custom' },
        // Nobody reads them there, and of a job that is never given up there would be ever more.
        stackTraceLimit: 0,
      });
    } catch (error) {
      ctx.log.warn(
        { reason: reasonOf(error), tenant: job.tenantId },
        'a report could not be queued; the sweep will',
      );
    }
  };
  const ask = (job: ReportJob, afterMs: number) => {
    const id = dedupIdOf(job);
    if (asked.has(id)) return;
    asked.set(
      id,
      ctx.clock.after(afterMs, () => void add(id, job)),
    );
  };
  const tell = (tenantId: string) => {
    ask({ tenantId, occasion: 'events' }, busy.get(tenantId) ? batchWhileBusyMs : batchMs);
    busy.set(tenantId, true);
  };
  return Object.assign(tell, {
    call: (tenantId: string, afterMs = batchMs) => ask({ tenantId, occasion: 'call' }, afterMs),
    close() {
      for (const cancel of asked.values()) cancel();
      asked.clear();
    },
  });
}

/** Whoever wants to be called is, soon after each start of the service; not when a process joins others. */
export async function startCalls(
  ctx: Needs<'db' | 'clock' | 'config' | 'processId' | 'queues' | 'enqueueReport'>,
): Promise<void> {
  if (await isAlone(ctx)) await makeCallsDue(ctx);
  await scheduleCalls(ctx);
  await enqueueCalls(ctx);
}

/** Asks for a call of everybody who is due. @returns how many */
export async function enqueueCalls(ctx: Needs<'db' | 'clock' | 'config' | 'enqueueReport'>): Promise<number> {
  const due = await findDueCalls(ctx);
  for (const tenantId of due) ctx.enqueueReport.call(tenantId);
  return due.length;
}

/** Redis itself reminds the workers to look who is due, often enough for nobody to be called much too late. */
export async function scheduleCalls(ctx: Needs<'queues' | 'config'>): Promise<void> {
  const every = Math.min(5000, Math.max(500, ctx.config.syncIntervalSeconds * 100));
  await ctx.queues.sweep.upsertJobScheduler(callsJob, { every }, { name: callsJob });
}

/** What the job on the queue of the sweep is called that looks who is due to be called. */
export const callsJob = 'calls';
