// The route that Prometheus scrapes.
import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { batch } from '../../concurrency/batch.js';
import { loadSparingly } from '../../concurrency/load-sparingly.js';
import { Fault } from '../../errors.js';
import { hashToken, sameHash } from '../../secrets.js';
import { snapshotMailboxes } from '../../store/bounce-mailboxes/mailbox-health.js';
import { snapshotAccounts, snapshotQueues, snapshotReports } from '../../store/instance/metrics-snapshot.js';
import { inFlightByTenant } from '../../store/tenants/concurrency-quotas.js';
import { snapshotQuotas } from '../../store/tenants/quotas.js';
import { isActive } from '../../store/tenants/suspend.js';
import type { Needs } from '../context.js';
import { type ApiEnv, isAdminToken, tokenIn } from '../middleware/authenticate.js';
import { rawRoute } from '../openapi/route.js';

/** The most scrapes that are answered with one text. */
const mostScrapes = 1000;

/**
 * The metrics (contract section 10). Open to everyone unless `GMP_METRICS_TOKEN` is set. Scrapes that arrive together
 * share one text. The counts of messages and reports are loaded again only while loading takes a small part of the time,
 * so that frequent scrapes do not slow down sending.
 */
export function addMetricsRoute(
  app: OpenAPIHono<ApiEnv>,
  ctx: Needs<'db' | 'clock' | 'config' | 'metrics'>,
): void {
  const snapshot = loadSparingly(ctx.clock, () => snapshotWork(ctx));
  const text = batch({
    concernsAll: () => true,
    clock: ctx.clock,
    most: mostScrapes,
    lingerMs: 0,
    async run(scrapes: undefined[]) {
      // Read at every scrape, so that a new account has its counters from the first scrape on.
      const [tenants, work, active] = await Promise.all([snapshotAccounts(ctx), snapshot(), isActive(ctx)]);
      const rendered = await ctx.metrics.render({
        tenants,
        ...work,
        active,
        inFlightByTenant: inFlightByTenant(ctx),
      });
      return scrapes.map(() => rendered);
    },
  });

  rawRoute(
    app,
    {
      method: 'get',
      path: '/metrics',
      operationId: 'metrics',
      summary: 'What Prometheus scrapes',
      description:
        'Counters, histograms and `gmp_sends_in_flight` tell what this process did: add them up over all processes. ' +
        'Gauges that come from the database are the same in every process. ' +
        'Open unless `GMP_METRICS_TOKEN` is set; then that token, or the admin token, has to be sent.',
      reach: 'everyone',
      answer: z.string(),
      type: 'text/plain',
      example: {
        answer:
          'gmp_sent_total{tenant_id="shop",tenant_name="The shop",account_id="main",account_name="main"} 42\n',
      },
      refusals: {
        401: '`GMP_METRICS_TOKEN` is set, and this is not it.',
        429: 'Too many calls with a wrong token came from this address.',
      },
    },
    async (_call, c) => {
      if (!(await mayScrape(ctx, tokenIn(c))))
        throw new Fault('unauthenticated', 'Invalid or missing metrics token');
      return c.text(await text(undefined), 200, { 'Content-Type': ctx.metrics.contentType });
    },
  );
}

/** Renders the metrics once at the start, because counting a million messages that are not in memory yet takes long. */
export async function prepareScrapes(ctx: Needs<'db' | 'clock' | 'config' | 'metrics'>): Promise<void> {
  const [tenants, work, active] = await Promise.all([
    snapshotAccounts(ctx),
    snapshotWork(ctx),
    isActive(ctx),
  ]);
  await ctx.metrics.render({ tenants, ...work, active, inFlightByTenant: inFlightByTenant(ctx) });
}

async function snapshotWork(ctx: Needs<'db' | 'clock' | 'config'>) {
  const [depths, reports, quotas, mailboxes] = await Promise.all([
    snapshotQueues(ctx),
    snapshotReports(ctx),
    snapshotQuotas(ctx),
    snapshotMailboxes(ctx),
  ]);
  return { depths, reports, quotas, mailboxes };
}

/** A tenant's token does not suffice, because the metrics show all tenants. */
async function mayScrape(ctx: Needs<'db' | 'config'>, token: string | undefined): Promise<boolean> {
  const { metricsToken } = ctx.config;
  if (metricsToken === undefined) return true;
  if (token === undefined) return false;
  const hash = hashToken(token);
  return sameHash(hash, hashToken(metricsToken)) || isAdminToken(ctx, hash);
}
