// Counts what this process does, and tells it to Prometheus together with what the database knows (contract section 10).

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Clock } from './clock.js';
import { acceptedAt } from './domain/message.js';
import { type Owner, ownerKey } from './domain/owner.js';

/** What is in the database, the same for every process. */
export interface MetricsSnapshot {
  tenants: { id: string; name: string | null; accountIds: string[] }[];
  /** Messages that are not sent yet. */
  depths: (Owner & { priority: number; count: number })[];
  /** Milliseconds since the oldest event that is still to be reported, by tenant; 0: none is. */
  lags: { tenantId: string; lagMs: number }[];
}

export interface Metrics {
  /** An attempt has ended and its result is stored; to be called once for each. */
  attemptEnded(
    owner: Owner,
    result: { status: 'sent' | 'deferred' | 'error'; at: number },
    message: { revision: string },
  ): void;
  /** A limit of the account has held messages back. */
  rateLimited(owner: Owner): void;
  /** Counts and times what speaks SMTP while it runs. */
  smtp<T>(run: () => Promise<T>): Promise<T>;
  /** The text of a scrape. */
  tell(snapshot: MetricsSnapshot): Promise<string>;
  readonly contentType: string;
}

type Tallied = 'sent' | 'deferred' | 'error' | 'limited';
type Tally = Owner & Record<Tallied, number> & { missed: number };
type Labels = Record<'tenant_id' | 'tenant_name' | 'account_id' | 'account_name', string>;

const labelNames = ['tenant_id', 'tenant_name', 'account_id', 'account_name'] as const;
const ofAll = 'The same in every process: take max(), not sum().';

export function openMetrics(clock: Pick<Clock, 'now'>): Metrics {
  const register = new Registry();
  const registers = [register];
  const tallies = new Map<string, Tally>();
  let shown: { labels: Labels; tally: Tally | undefined }[] = [];

  function tallyOf(owner: Owner): Tally {
    const { tenantId, accountId } = owner;
    const key = ownerKey(owner);
    const known = tallies.get(key);
    const tally = known ?? { tenantId, accountId, sent: 0, deferred: 0, error: 0, limited: 0, missed: 0 };
    if (known === undefined) tallies.set(key, tally);
    tally.missed = 0;
    return tally;
  }

  /** Kept outside the library and handed to it at each scrape: names may change, accounts come and go. */
  function count(name: string, help: string, what: Tallied): void {
    new Counter({
      name,
      help: `${help} by this process: take sum().`,
      labelNames,
      registers,
      collect() {
        this.reset();
        for (const { labels, tally } of shown) this.inc(labels, tally?.[what] ?? 0);
      },
    });
  }
  count('gmp_sent_total', 'Messages sent', 'sent');
  count('gmp_errors_total', 'Messages given up', 'error');
  count('gmp_deferred_total', 'Attempts put off for a later one', 'deferred');
  count('gmp_rate_limited_total', 'Times that a limit held messages back', 'limited');

  const pending = new Gauge({
    name: 'gmp_pending_messages',
    help: `Messages that are not sent yet. ${ofAll}`,
    registers,
  });
  const depth = new Gauge({
    name: 'gmp_queue_depth',
    help: `Messages that are not sent yet, by account and priority; nothing where there are none. ${ofAll}`,
    labelNames: [...labelNames, 'priority'],
    registers,
  });
  const lag = new Gauge({
    name: 'gmp_report_lag_seconds',
    help: `Age of the oldest event a tenant's application has not acknowledged. ${ofAll}`,
    labelNames: ['tenant_id', 'tenant_name'],
    registers,
  });
  const inFlight = new Gauge({
    name: 'gmp_sends_in_flight',
    help: 'SMTP transactions under way in this process: take sum().',
    registers,
  });
  const accepted = new Histogram({
    name: 'gmp_accept_to_sent_seconds',
    help: 'From the acceptance of a message to the reply that took it, with the time it was deferred on request.',
    buckets: [0.05, 0.25, 1, 5, 30, 300, 3600],
    registers,
  });
  const smtp = new Histogram({
    name: 'gmp_smtp_seconds',
    help: 'Handing over a message: the wait for a connection, its opening where there is none, the transaction.',
    buckets: [0.01, 0.05, 0.25, 1, 5, 30, 120],
    registers,
  });
  collectDefaultMetrics({ register, prefix: 'gmp_', eventLoopMonitoringPrecision: 100 });

  function show({ tenants, depths, lags }: MetricsSnapshot): void {
    const names = new Map(tenants.map(({ id, name }) => [id, name ?? id]));
    const known = tenants.flatMap(({ id, accountIds }) =>
      accountIds.map((accountId): Owner => ({ tenantId: id, accountId })),
    );
    const keys = new Set(known.map(ownerKey));
    for (const [key, tally] of tallies) {
      if (keys.has(key)) continue;
      if (tally.accountId === null && names.has(tally.tenantId)) known.push(tally);
      // Not at once: an account may be younger than the survey.
      else if (++tally.missed > 2) tallies.delete(key);
    }
    const labelsOf = ({ tenantId, accountId }: Owner): Labels => {
      const account = accountId ?? 'default';
      const tenantName = names.get(tenantId) ?? tenantId;
      return {
        tenant_id: tenantId,
        tenant_name: tenantName,
        account_id: account,
        account_name: account,
      };
    };
    shown = known.map((owner) => ({ labels: labelsOf(owner), tally: tallies.get(ownerKey(owner)) }));
    pending.set(depths.reduce((sum, one) => sum + one.count, 0));
    depth.reset();
    for (const one of depths) depth.set({ ...labelsOf(one), priority: one.priority }, one.count);
    lag.reset();
    for (const { tenantId, lagMs } of lags) {
      lag.set({ tenant_id: tenantId, tenant_name: names.get(tenantId) ?? tenantId }, lagMs / 1000);
    }
  }

  return {
    contentType: register.contentType,
    attemptEnded(owner, { status, at }, { revision }) {
      tallyOf(owner)[status] += 1;
      // Its revision, not its pk: a message handed in anew was accepted anew.
      if (status === 'sent') accepted.observe(Math.max(0, at - acceptedAt(revision)) / 1000);
    },
    rateLimited(owner) {
      tallyOf(owner).limited += 1;
    },
    async smtp(run) {
      const startedAt = clock.now();
      inFlight.inc();
      try {
        return await run();
      } finally {
        inFlight.dec();
        smtp.observe((clock.now() - startedAt) / 1000);
      }
    },
    tell(snapshot) {
      show(snapshot);
      return register.metrics();
    },
  };
}
