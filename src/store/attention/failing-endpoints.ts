// Tenants whose reports do not arrive: the endpoint is gone, a report broke off, or events have waited for long.
import type { Needs } from '../context.js';
import { empty, sql } from '../db/sql.js';
import { rows } from '../db/transaction.js';
import { type EndpointRow, endpointOf, isGone } from '../events/report-target.js';

interface FailingEndpoint {
  tenantId: string;
  isGone: boolean;
  /** The fault of this service that broke the last report off. */
  fault: string | undefined;
  /** When the oldest event happened that is not reported; undefined: none waits. */
  oldestAt: number | undefined;
}

type Row = EndpointRow & { id: string; fault: string | null; oldest: bigint | null };

/**
 * Those that wait for longest first.
 * @param before events that are older have waited for long, in milliseconds since the epoch
 */
export async function findFailingEndpoints(
  ctx: Needs<'db' | 'config'>,
  { tenantId, before, limit }: { tenantId: string | undefined; before: number; limit: number },
): Promise<FailingEndpoint[]> {
  const found = await ctx.db.query(
    rows<Row>(sql`SELECT * FROM (
      SELECT t.id AS id, t.report_fault AS fault, t.client_base_url AS "clientBaseUrl",
        t.client_sync_path AS "clientSyncPath", t.sync_gone_url AS "syncGoneUrl",
        (SELECT e.at FROM events e WHERE e.tenant_id = t.id AND e.reported_at IS NULL AND e.type <> 'queued'
          ORDER BY e.id LIMIT 1) AS oldest
      FROM tenants t
      WHERE t.deleted_at IS NULL ${tenantId === undefined ? empty : sql`AND t.id = ${tenantId}`}) AS e
      WHERE e.fault IS NOT NULL OR e."syncGoneUrl" IS NOT NULL OR e.oldest <= ${before}
      ORDER BY COALESCE(e.oldest, ${before}) LIMIT ${limit}`),
  );
  const toHandler = ctx.config.reportHandler !== undefined;
  return found
    .map((row) => ({
      tenantId: row.id,
      isGone: !toHandler && isGone(ctx, row),
      fault: row.fault ?? undefined,
      oldestAt: row.oldest === null ? undefined : Number(row.oldest),
      hasEndpoint: toHandler || endpointOf(ctx, row) !== undefined,
    }))
    .filter((one) => one.isGone || (one.hasEndpoint && (one.fault ?? one.oldestAt) !== undefined))
    .map(({ hasEndpoint, ...one }) => one);
}
