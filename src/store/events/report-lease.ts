// Has one process at a time tell a tenant's application something, so that nothing is told by two.
import type { Needs } from '../context.js';
import { Prisma } from '../generated/sqlite/client.js';

/** What a process wants to tell: what happened, or, when that is nothing, that it is there. */
export type Occasion = 'events' | 'call';

/** Claimed; another process tells it something just now; or there is no occasion. */
export type Claim = 'claimed' | 'busy' | 'nothing';

type ClaimNeeds = Needs<'db' | 'clock' | 'config' | 'processId'>;

/** How long marking may take after the answer, before others think this process has forgotten the tenant. */
const graceMs = 60_000;

/** Milliseconds since the epoch until which a claim made now counts: as long as a report and its recording may take. */
export function leaseEnds(ctx: Needs<'clock' | 'config'>): bigint {
  return BigInt(ctx.clock.now() + ctx.config.reportTimeoutSeconds * 1000 + graceMs);
}

const hasEvents = Prisma.sql`EXISTS (SELECT 1 FROM events e
  WHERE e.tenant_id = t.id AND e.reported_at IS NULL AND e.type <> 'queued')`;

/** Redis alone cannot see to this: it may be emptied while a report is under way. */
export async function acquireReportLease(
  ctx: ClaimNeeds,
  tenantId: string,
  occasion: Occasion,
): Promise<Claim> {
  const now = ctx.clock.now();
  const time = Prisma.sql`CAST(${now} AS BIGINT)`;
  const wanted =
    occasion === 'events'
      ? hasEvents
      : Prisma.sql`t.active AND (t.next_call_at IS NULL OR t.next_call_at <= ${time})
          AND (t.next_sync_after IS NULL OR t.next_sync_after <= ${time}) AND NOT ${hasEvents}`;
  const isFree = Prisma.sql`(t.report_lease_owner IS NULL OR t.report_lease_owner = ${ctx.processId} OR t.report_lease_until <= ${time}
    OR NOT EXISTS (SELECT 1 FROM processes p WHERE p.id = t.report_lease_owner))`;
  const [claimed] = await ctx.db.write<[number]>((client) => [
    client.$executeRaw`UPDATE tenants AS t SET report_lease_owner = ${ctx.processId}, report_lease_until = ${leaseEnds(ctx)}
      WHERE t.id = ${tenantId} AND ${isFree} AND ${wanted}`,
  ]);
  if (claimed > 0) return 'claimed';
  const found = await ctx.db.read.$queryRaw<unknown[]>`
    SELECT 1 FROM tenants t WHERE t.id = ${tenantId} AND NOT ${isFree} AND ${wanted}`;
  return found.length > 0 ? 'busy' : 'nothing';
}

/** @param goneUrl the address that answered that nobody is there any more */
export async function releaseReportLease(
  ctx: Needs<'db' | 'processId'>,
  tenantId: string,
  goneUrl?: string,
): Promise<void> {
  await ctx.db.write((client) => [
    client.tenant.updateMany({
      where: { id: tenantId, reportLeaseOwner: ctx.processId },
      data: {
        reportLeaseOwner: null,
        reportLeaseUntil: null,
        ...(goneUrl !== undefined && { syncGoneUrl: goneUrl }),
      },
    }),
  ]);
}
