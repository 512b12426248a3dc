// Asks for a tenant's report: one job per tenant at a time, however much there is to tell.
import type { Needs } from '../context.js';
import { reasonOf } from '../errors.js';

export interface EnqueueReport {
  /** Something of this tenant's is to be reported. Returns at once; a report that is not asked for is found by the sweep. */
  (tenantId: string): void;
  close(): void;
}

/** Results of the same moment go into one report. */
const gatherMs = 50;

export function openEnqueueReport(ctx: Needs<'queues' | 'redis' | 'clock' | 'log'>): EnqueueReport {
  const asked = new Map<string, () => void>();
  const add = async (tenantId: string) => {
    asked.delete(tenantId);
    if (ctx.redis.status !== 'ready') return;
    try {
      await ctx.queues.report.add(
        'report',
        { tenantId },
        {
          // While a report of this tenant waits, one more changes nothing; while it runs, one more is kept for after.
          deduplication: { id: tenantId, keepLastIfActive: true },
          attempts: Number.MAX_SAFE_INTEGER,
          backoff: { type: 'custom' },
        },
      );
    } catch (error) {
      ctx.log.warn(
        { reason: reasonOf(error), tenant: tenantId },
        'a report could not be queued; the sweep will',
      );
    }
  };
  const ask = (tenantId: string) => {
    if (asked.has(tenantId)) return;
    asked.set(
      tenantId,
      ctx.clock.after(gatherMs, () => void add(tenantId)),
    );
  };
  return Object.assign(ask, {
    close() {
      for (const cancel of asked.values()) cancel();
      asked.clear();
    },
  });
}
