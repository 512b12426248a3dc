// The report lease of a tenant: only its holder calls the tenant's application, so that two processes never do at once.

import type { Needs } from '../context.js';
import { sql } from '../db/sql.js';
import { rows, run } from '../db/transaction.js';

/** Why a process wants to call: to report events, or, while there are none, to make a due call without events. */
export type Occasion = 'events' | 'call';

/** The lease is acquired, another process holds it, or there is no reason to call. */
type LeaseAnswer = 'acquired' | 'busy' | 'nothing';

type LeaseNeeds = Needs<'db' | 'clock' | 'config' | 'processId'>;

/** How long a process may take to record an answer before the lease ends and another process may call. */
const graceMs = 60_000;

/** When a lease acquired now ends, in milliseconds since the epoch: a report and its recording may take that long. */
export function leaseEnds(ctx: Needs<'clock' | 'config'>): bigint {
  return BigInt(ctx.clock.now() + ctx.config.reportTimeoutSeconds * 1000 + graceMs);
}

const hasEvents = sql`EXISTS (SELECT 1 FROM events e
  WHERE e.tenant_id = t.id AND e.reported_at IS NULL AND e.type <> 'queued')`;

/** The lease is in the database because Redis may lose its data while a report is in flight. */
export async function acquireReportLease(
  ctx: LeaseNeeds,
  tenantId: string,
  occasion: Occasion,
): Promise<LeaseAnswer> {
  const now = ctx.clock.now();
  const wanted =
    occasion === 'events'
      ? hasEvents
      : sql`t.active AND (t.next_call_at IS NULL OR t.next_call_at <= ${now})
          AND (t.next_sync_after IS NULL OR t.next_sync_after <= ${now}) AND NOT ${hasEvents}`;
  const isFree = sql`(t.report_lease_owner IS NULL OR t.report_lease_owner = ${ctx.processId}
    OR t.report_lease_until <= ${now}
    OR NOT EXISTS (SELECT 1 FROM processes p WHERE p.id = t.report_lease_owner))`;
  const { acquired } = await ctx.db.transaction({
    acquired: run(sql`
      UPDATE tenants AS t SET report_lease_owner = ${ctx.processId}, report_lease_until = ${leaseEnds(ctx)}
      WHERE t.id = ${tenantId} AND t.deleted_at IS NULL AND ${isFree} AND ${wanted}`),
  });
  if (acquired > 0) return 'acquired';
  const found = await ctx.db.query(
    rows<unknown>(sql`
      SELECT 1 FROM tenants t WHERE t.id = ${tenantId} AND t.deleted_at IS NULL AND NOT ${isFree} AND ${wanted}`),
  );
  return found.length > 0 ? 'busy' : 'nothing';
}

/** What a report leaves with the lease. */
interface LastReport {
  /** The address that answered 410 Gone, to which no more reports go. */
  goneUrl?: string;
  /** The fault of this service that broke the report off. */
  fault?: string;
  /** Why the application did not acknowledge it. */
  refusal?: string;
}

/** Characters of it that are kept. */
const longestRefusal = 1000;

export async function releaseReportLease(
  ctx: Needs<'db' | 'clock' | 'processId'>,
  tenantId: string,
  { goneUrl, fault, refusal }: LastReport = {},
): Promise<void> {
  await ctx.db.writeModels((models) => [
    models.tenant.updateMany({
      where: { id: tenantId, reportLeaseOwner: ctx.processId },
      data: {
        reportLeaseOwner: null,
        reportLeaseUntil: null,
        reportFault: fault ?? null,
        ...(goneUrl !== undefined && { syncGoneUrl: goneUrl }),
        ...(refusal !== undefined && {
          reportRefusal: refusal.replaceAll('\0', '\uFFFD').toWellFormed().slice(0, longestRefusal),
          reportRefusedAt: BigInt(ctx.clock.now()),
        }),
      },
    }),
  ]);
}
