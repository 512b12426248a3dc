// Queues reports to tenants' applications: at most one waiting job for each tenant and occasion.

import { expiringMap } from '../concurrency/expiring-map.js';
import { reasonOf } from '../errors.js';
import type { Needs } from './context.js';
import { dedupIdOf, type EnqueueReport, type ReportJob } from './jobs.js';

type ReportNeeds = Needs<'queues' | 'redis' | 'clock' | 'log'>;

/** Events of the same moment go into one report. */
const batchMs = 50;
/**
 * While a tenant's events keep coming, its reports wait longer, because each costs a job, a lease, three reads and three
 * updates however many events it carries. Applications are to hear within a second.
 */
const batchWhileBusyMs = 250;

export function openEnqueueReport(ctx: ReportNeeds): EnqueueReport {
  /** How to cancel each planned job, by deduplication id. */
  const planned = new Map<string, () => void>();
  const busy = expiringMap<true>(ctx.clock, 2 * batchWhileBusyMs);

  function plan(job: ReportJob, afterMs: number): void {
    const id = dedupIdOf(job);
    if (planned.has(id)) return;
    const cancel = ctx.clock.after(afterMs, () => {
      planned.delete(id);
      void add(ctx, id, job);
    });
    planned.set(id, cancel);
  }

  function reportEvents(tenantId: string): void {
    plan({ tenantId, occasion: 'events' }, busy.get(tenantId) ? batchWhileBusyMs : batchMs);
    busy.set(tenantId, true);
  }

  return Object.assign(reportEvents, {
    call: (tenantId: string, afterMs = batchMs) => plan({ tenantId, occasion: 'call' }, afterMs),
    close() {
      for (const cancel of planned.values()) cancel();
      planned.clear();
    },
  });
}

async function add(ctx: ReportNeeds, id: string, job: ReportJob): Promise<void> {
  if (ctx.redis.status !== 'ready') return;
  try {
    await ctx.queues.report.add(job.occasion, job, {
      // While a report of this tenant waits, a second job would add nothing. While one runs, BullMQ holds the second job
      // back until it ends.
      deduplication: { id, keepLastIfActive: job.occasion === 'events' },
      attempts: Number.MAX_SAFE_INTEGER,
      backoff: { type: 'custom' },
      // A job that is never given up would collect stack traces without end, and nothing reads them there.
      stackTraceLimit: 0,
    });
  } catch (error) {
    const facts = { event: 'report.add_failed', tenant: job.tenantId, reason: reasonOf(error) };
    ctx.log.warn(facts, `A report to tenant "${job.tenantId}" could not be queued; the sweep will queue it`);
  }
}
