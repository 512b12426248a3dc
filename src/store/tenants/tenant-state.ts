// How a tenant is doing now: what is suspended of it, and how the reports to its application are going.
import type { Needs } from '../context.js';
import { sql } from '../db/sql.js';
import { rows } from '../db/transaction.js';
import { endpointOf, isGone } from '../events/report-target.js';
import { allBatches } from './suspend.js';

/** Times in milliseconds since the epoch. */
export interface TenantState {
  isActive: boolean;
  /** `*` alone: all of them. */
  suspendedBatches: string[];
  suspendedAccounts: string[];
  endpoint: string | undefined;
  isGone: boolean;
  lastSyncAt: number | undefined;
  quietUntil: number | undefined;
  /** Why the application did not acknowledge the last report; undefined: it did. */
  refusal: { reason: string; at: number } | undefined;
  /** The fault of this service that broke the last report off. */
  fault: string | undefined;
  /** When the oldest event happened that is not acknowledged yet. */
  oldestUnreportedAt: number | undefined;
  /** Addresses on its suppression list, up to `mostCounted`. */
  suppressions: number;
}

export const mostCounted = 100_000;

/** @returns undefined when there is no such tenant */
export async function findTenantState(
  ctx: Needs<'db' | 'clock' | 'config'>,
  tenantId: string,
): Promise<TenantState | undefined> {
  const [tenant, [counted]] = await Promise.all([
    ctx.db.read.tenant.findUnique({
      where: { id: tenantId, deletedAt: null },
      include: {
        suspensions: { orderBy: { batchCode: 'asc' } },
        accounts: { where: { suspendedAt: { not: null } }, orderBy: { id: 'asc' }, select: { id: true } },
      },
    }),
    ctx.db.query(
      rows<{ oldest: bigint | null; suppressions: bigint | number }>(sql`SELECT
        (SELECT e.at FROM events e WHERE e.tenant_id = ${tenantId} AND e.reported_at IS NULL AND e.type <> 'queued'
          ORDER BY e.id LIMIT 1) AS oldest,
        (SELECT COUNT(*) FROM (SELECT 1 FROM suppressions WHERE tenant_id = ${tenantId} LIMIT ${mostCounted}) AS s)
          AS suppressions`),
    ),
  ]);
  if (tenant === null) return undefined;
  const codes = tenant.suspensions.map(({ batchCode }) => batchCode);
  const { reportRefusal, reportRefusedAt, nextSyncAfter, lastSyncAt } = tenant;
  const isQuiet = nextSyncAfter !== null && Number(nextSyncAfter) > ctx.clock.now();
  return {
    isActive: tenant.active,
    suspendedBatches: codes.includes(allBatches) ? [allBatches] : codes,
    suspendedAccounts: tenant.accounts.map(({ id }) => id),
    endpoint: endpointOf(ctx, tenant),
    isGone: isGone(ctx, tenant),
    lastSyncAt: lastSyncAt === null ? undefined : Number(lastSyncAt),
    quietUntil: isQuiet ? Number(nextSyncAfter) : undefined,
    refusal: reportRefusal === null ? undefined : { reason: reportRefusal, at: Number(reportRefusedAt) },
    fault: tenant.reportFault ?? undefined,
    oldestUnreportedAt: counted?.oldest == null ? undefined : Number(counted.oldest),
    suppressions: Number(counted?.suppressions ?? 0),
  };
}
