// The worker of the report queue: one job is one tenant; a job that fails comes back, later each time.
import { Worker } from 'bullmq';
import type { Context } from '../context.js';
import { type ReportJob, reportQueueName } from '../enqueue/queues.js';
import { reportTenant } from '../report/report-tenant.js';
import type { UnderWay } from './under-way.js';
import { workerOptions } from './worker-options.js';

/** Tenants reported to at once; a hanging endpoint holds one of these until its time-out. */
const tenantsAtOnce = 200;

/** What an application has left to answer in, at most, once the service is told to stop. */
const lastAnswerMs = 5000;

export function openReportWorker(ctx: Context, underWay: UnderWay): { close(): Promise<void> } {
  const stopping = new AbortController();
  const cuts = new Set<AbortController>();
  const worker = new Worker<ReportJob>(
    reportQueueName,
    async ({ data: { tenantId } }) => {
      const cut = new AbortController();
      cuts.add(cut);
      const signals = { stop: stopping.signal, cut: cut.signal };
      const result = await underWay
        .run(() => reportTenant(ctx, tenantId, signals))
        .finally(() => cuts.delete(cut));
      if (result.kind === 'done') return;
      ctx.log.warn(
        { tenant: tenantId, reason: result.reason },
        'a delivery report was not taken; it goes out again',
      );
      throw new Error(result.reason);
    },
    {
      ...workerOptions(ctx),
      // While its job is there, a tenant gets no other: so it is never given up, however many processes died over it.
      maxStalledCount: Number.MAX_SAFE_INTEGER,
      concurrency: tenantsAtOnce,
      settings: { backoffStrategy: (failures) => backoffMs(failures, ctx.config.syncIntervalSeconds) },
    },
  );
  worker.on('error', (error) => ctx.log.debug({ err: error }, 'report worker'));
  return {
    async close() {
      stopping.abort();
      const graceMs = ctx.config.shutdownGraceSeconds * 1000;
      const cancel = ctx.clock.after(Math.min(lastAnswerMs, graceMs / 2), () => {
        for (const cut of cuts) cut.abort(new Error('the service is stopping'));
      });
      await worker.close();
      cancel();
    },
  };
}

/** A second at first, twice as long each time, the sync interval at most; spread by a fifth so that tenants drift apart. */
export function backoffMs(failures: number, longestSeconds: number): number {
  const seconds = Math.min(2 ** Math.min(failures - 1, 20), longestSeconds);
  return Math.round(seconds * 1000 * (0.9 + Math.random() * 0.2));
}
