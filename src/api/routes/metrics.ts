// The route that Prometheus scrapes.
import { type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Clock } from '../../clock.js';
import { batch } from '../../concurrency/batch.js';
import { Fault } from '../../errors.js';
import { hashToken, sameHash } from '../../secrets.js';
import { snapshotAccounts, snapshotQueues, snapshotReports } from '../../store/instance/metrics-snapshot.js';
import type { Needs } from '../context.js';
import { type ApiEnv, isAdminToken, tokenIn } from '../middleware/authenticate.js';
import { rawRoute } from '../openapi/route.js';

/** Scrapes that are answered with one text. */
const atOnce = 1000;

export function addMetricsRoute(
  app: OpenAPIHono<ApiEnv>,
  ctx: Needs<'db' | 'clock' | 'config' | 'metrics'>,
): void {
  const snapshot = sparingly(ctx.clock, () => Promise.all([snapshotQueues(ctx), snapshotReports(ctx)]));
  const text = batch({
    concernsAll: () => true,
    clock: ctx.clock,
    most: atOnce,
    lingerMs: 0,
    async run(scrapes: undefined[]) {
      // Every time: an account has its counters from the first scrape after it was created.
      const [tenants, [depths, lags]] = await Promise.all([snapshotAccounts(ctx), snapshot()]);
      const told = await ctx.metrics.tell({ tenants, depths, lags });
      return scrapes.map(() => told);
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

/** Asks and tells once what the first scrape would: a million messages that nobody has read since the start take their time. */
export async function prepareScrapes(ctx: Needs<'db' | 'clock' | 'metrics'>): Promise<void> {
  const [tenants, depths, lags] = await Promise.all([
    snapshotAccounts(ctx),
    snapshotQueues(ctx),
    snapshotReports(ctx),
  ]);
  await ctx.metrics.tell({ tenants, depths, lags });
}

async function mayScrape(ctx: Needs<'db' | 'config'>, token: string | undefined): Promise<boolean> {
  const { metricsToken } = ctx.config;
  if (metricsToken === undefined) return true;
  if (token === undefined) return false;
  const hash = hashToken(token);
  return sameHash(hash, hashToken(metricsToken)) || isAdminToken(ctx, hash);
}

/** How long a scrape waits for new figures when it has older ones. */
const patienceMs = 30;

/** Of the time goes at most this part into counting, however long it takes. */
const part = 1 / 20;

function sparingly<T>(clock: Clock, load: () => Promise<T>): () => Promise<T> {
  let last: { value: T } | undefined;
  let loading: Promise<T> | undefined;
  let nextAt = 0;

  async function reload(): Promise<T> {
    const startedAt = clock.now();
    try {
      const value = await load();
      last = { value };
      return value;
    } finally {
      loading = undefined;
      const endedAt = clock.now();
      nextAt = endedAt + (endedAt - startedAt) / part;
    }
  }

  return async () => {
    if (loading === undefined && (last === undefined || clock.now() >= nextAt)) {
      loading = reload();
      loading.catch(() => undefined);
    }
    if (loading === undefined || last === undefined) return last?.value ?? (loading as Promise<T>);
    const { value } = last;
    return Promise.race([loading, clock.sleep(patienceMs).then(() => value)]);
  };
}
