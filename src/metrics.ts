// Counts what this process does, and renders it for Prometheus with a snapshot of the database (contract section 10).
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Clock } from './clock.js';
import type { ReturnedKind } from './domain/bounce/bounced-recipient.js';
import { acceptedAt } from './domain/message.js';
import type { Owner } from './domain/owner.js';
import { type AttachmentCounter, openAttachmentCounters } from './metrics/attachment-counters.js';
import { type AttemptCounts, type Counted, openAttemptCounts } from './metrics/attempt-counts.js';
import { type MailboxMetrics, openMailboxMetrics } from './metrics/mailbox-metrics.js';
import { type OffloadCounters, openOffloadCounters } from './metrics/offload-counters.js';
import { openProcessMetrics } from './metrics/process-metrics.js';
import { type Labels, labelNames, labelsOf, type MetricsSnapshot, namesOf } from './metrics-snapshot.js';

export interface Metrics extends Omit<MailboxMetrics, 'show'>, OffloadCounters {
  /** Counts an attempt that has ended. Call this once an attempt, after its result is stored. */
  attemptEnded(
    owner: Owner,
    result: { status: 'sent' | 'deferred' | 'error'; at: number },
    message: { revision: string },
  ): void;
  /** Counts that a limit of the account has held messages back. */
  rateLimited(owner: Owner): void;
  /** Counts and times an SMTP transaction while it runs. */
  smtp<T>(run: () => Promise<T>): Promise<T>;
  /** Counts a mail that came back. */
  bounced(bounce: { kind: ReturnedKind; type: 'hard' | 'soft' | undefined }, isMatched: boolean): void;
  /** Counts recipients that were left out because their addresses are on the suppression list. */
  suppressed(owner: Owner, recipients: number): void;
  /** Counts an attachment that is fetched when its message is sent. */
  attachment: AttachmentCounter;
  /** The text that answers a scrape. */
  render(snapshot: MetricsSnapshot): Promise<string>;
  readonly contentType: string;
}

/** An account as a scrape shows it. */
interface Series {
  labels: Labels;
  counts: Readonly<Record<Counted, number>> | undefined;
}

const ofAll = 'The same in every process: take max(), not sum().';

export function openMetrics(clock: Pick<Clock, 'now'>): Metrics {
  const register = new Registry();
  const counts = openAttemptCounts();
  const showCounts = openCounters(register);
  const showDatabase = openDatabaseGauges(register);
  const showQuotas = openQuotaGauges(register);
  const { inFlight, accepted, smtp } = openProcessMetrics(register);
  const attachment = openAttachmentCounters(register);
  const { bounces, suppressed } = openBounceCounters(register);
  const { show: showMailboxes, ...mailboxes } = openMailboxMetrics(register);
  collectDefaultMetrics({ register, prefix: 'gmp_', eventLoopMonitoringPrecision: 100 });
  return {
    ...openOffloadCounters(register),
    contentType: register.contentType,
    attemptEnded(owner, { status, at }, { revision }) {
      counts.add(owner, status);
      // The revision tells when the message was accepted last; its pk would tell the first time.
      if (status === 'sent') accepted.observe(Math.max(0, at - acceptedAt(revision)) / 1000);
    },
    rateLimited: (owner) => counts.add(owner, 'limited'),
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
    attachment,
    bounced: ({ kind, type }, isMatched) =>
      bounces.inc({ kind, type: type ?? '', matched: isMatched ? 'yes' : 'no' }),
    suppressed: ({ tenantId }, recipients) => suppressed.inc({ tenant_id: tenantId }, recipients),
    ...mailboxes,
    render(snapshot) {
      showCounts(seriesOf(snapshot, counts));
      showDatabase(snapshot);
      showQuotas(snapshot);
      showMailboxes(snapshot.mailboxes);
      return register.metrics();
    },
  };
}

/** The series are handed to the library anew at each scrape, because names may change and accounts come and go. */
function openCounters(register: Registry): (series: Series[]) => void {
  let shown: Series[] = [];
  const count = (name: string, help: string, what: Counted) =>
    new Counter({
      name,
      help: `${help} by this process: take sum().`,
      labelNames,
      registers: [register],
      collect() {
        this.reset();
        for (const { labels, counts } of shown) this.inc(labels, counts?.[what] ?? 0);
      },
    });
  count('gmp_sent_total', 'Messages sent', 'sent');
  count('gmp_errors_total', 'Messages given up', 'error');
  count('gmp_deferred_total', 'Attempts put off for a later one', 'deferred');
  count('gmp_rate_limited_total', 'Times that a limit held messages back', 'limited');
  return (series) => {
    shown = series;
  };
}

/** Every process shows the same values, because they come from the database. */
function openDatabaseGauges(register: Registry): (snapshot: MetricsSnapshot) => void {
  const registers = [register];
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
  const broken = new Gauge({
    name: 'gmp_report_broken',
    help: `1 while a fault of mail-proxy itself breaks a tenant's reports off: see /tenants/sync-status. ${ofAll}`,
    labelNames: ['tenant_id', 'tenant_name'],
    registers,
  });
  const scheduler = new Gauge({
    name: 'gmp_scheduler_active',
    help: `1 while sending is on, 0 while /commands/suspend or GMP_START_ACTIVE has stopped all of it. ${ofAll}`,
    registers,
  });
  return ({ tenants, depths, reports, active }) => {
    scheduler.set(active ? 1 : 0);
    const names = namesOf(tenants);
    pending.set(depths.reduce((sum, { count }) => sum + count, 0));
    depth.reset();
    for (const one of depths) depth.set({ ...labelsOf(one, names), priority: one.priority }, one.count);
    lag.reset();
    broken.reset();
    for (const { tenantId, lagMs, isBroken } of reports) {
      const labels = { tenant_id: tenantId, tenant_name: names.get(tenantId) ?? tenantId };
      lag.set(labels, lagMs / 1000);
      broken.set(labels, isBroken ? 1 : 0);
    }
  };
}

/** The label `quota` has the names of `limits`. */
function openQuotaGauges(register: Registry): (snapshot: MetricsSnapshot) => void {
  const gauge = (name: string, help: string) =>
    new Gauge({ name, help, labelNames: ['tenant_id', 'tenant_name', 'quota'], registers: [register] });
  const limit = gauge(
    'gmp_tenant_quota_limit',
    `What a tenant may have of a quota; +Inf: any number. ${ofAll}`,
  );
  const used = gauge('gmp_tenant_quota_used', `What a tenant has of a quota. ${ofAll}`);
  const inFlightByTenant = gauge(
    'gmp_tenant_quota_under_way',
    'Calls and sends of a tenant under way in this process, whose quotas hold for each process: take max() by process.',
  );
  return ({ tenants, quotas, inFlightByTenant: { calls, sends } }) => {
    const names = namesOf(tenants);
    for (const one of [limit, used, inFlightByTenant]) one.reset();
    for (const { tenantId, limits, used: ofTenant } of quotas) {
      const tenant = { tenant_id: tenantId, tenant_name: names.get(tenantId) ?? tenantId };
      for (const [quota, most] of Object.entries(limits)) limit.set({ ...tenant, quota }, most || Infinity);
      for (const [quota, n] of Object.entries(ofTenant)) used.set({ ...tenant, quota }, n);
      inFlightByTenant.set({ ...tenant, quota: 'max_concurrent_calls' }, calls.count(tenantId));
      inFlightByTenant.set({ ...tenant, quota: 'max_concurrent_sends' }, sends.count(tenantId));
    }
  };
}

function openBounceCounters(register: Registry) {
  const counter = <T extends string>(name: string, help: string, labelNames: T[]) =>
    new Counter({ name, help: `${help}: take sum().`, labelNames, registers: [register] });
  const returned = 'Returned mails that this process recorded, by kind, type and whether a message was found';
  const left = 'Recipients that this process did not send to, because of the suppression list';
  return {
    bounces: counter('gmp_bounces_total', returned, ['kind', 'type', 'matched']),
    suppressed: counter('gmp_suppressed_total', left, ['tenant_id']),
  };
}

function seriesOf({ tenants }: MetricsSnapshot, counts: AttemptCounts): Series[] {
  const names = namesOf(tenants);
  return counts
    .listAccounts(tenants)
    .map(({ owner, counts: counted }) => ({ labels: labelsOf(owner, names), counts: counted }));
}
