// What a tenant uses of its quotas, and the SQL that lets a message in only while there is room.
import { defaultQuotas, type Quotas, type TenantLimits } from '../../domain/quota.js';
import type { MetricsSnapshot } from '../../metrics-snapshot.js';
import type { Needs } from '../context.js';
import { type Sql, sql } from '../db/sql.js';
import { jsonField, onPostgres, rowsOf } from '../db/sql-parts.js';
import { rows, run } from '../db/transaction.js';

const mebibyte = 1024 * 1024;

/** A quota of the tenant `t`: its own, else that of the installation. 0: any number. */
export function quotaOf(ctx: Needs<'config'>, name: keyof Quotas): Sql {
  return sql`CAST(COALESCE(${jsonField(sql`t.limits`, name)}, ${String(defaultQuotas(ctx.config)[name])}) AS BIGINT)`;
}

const used = (column: Sql) =>
  sql`(SELECT COALESCE(SUM(${column}), 0) FROM tenant_usage u WHERE u.tenant_id = t.id)`;

/**
 * A table expression `r`: for each named tenant that exists and is not deleted, its use of the quotas on messages and their
 * limits. Join it by `tenant` with messages `j`.
 */
export function messageRooms(ctx: Needs<'config'>, tenantIds: string[]): Sql {
  // Materialized, because SQLite would read the use of the tenant again for every message.
  return sql`(WITH rooms AS MATERIALIZED (SELECT t.id AS tenant, ${used(sql`u.queued`)} AS queued, ${used(sql`u.stored_bytes`)} AS stored_bytes,
      ${quotaOf(ctx, 'max_queued')} AS max_queued, ${quotaOf(ctx, 'max_stored_mb')} AS max_stored_mb
    FROM tenants t WHERE ${isAmong(tenantIds)} AND t.deleted_at IS NULL)
    SELECT * FROM rooms) AS r`;
}

/**
 * The first statement of a transaction that stores messages: another process waits with messages of the same tenants, so
 * that it counts these. SQLite has one writer at a time.
 */
export function lockRooms(tenantIds: string[]) {
  return run(
    onPostgres(sql`SELECT 1 FROM tenants t WHERE ${isAmong(tenantIds)} ORDER BY t.id FOR NO KEY UPDATE`),
  );
}

/** A condition on a tenant `t`. Most calls name one. */
function isAmong(tenantIds: string[]): Sql {
  const ids = [...new Set(tenantIds)];
  const [only] = ids;
  if (only !== undefined && ids.length === 1) return sql`t.id = ${only}`;
  const named = rowsOf(
    { id: 'text' },
    ids.map((id) => ({ id })),
  );
  return sql`t.id IN (SELECT j.id FROM ${named})`;
}

/**
 * A condition on a message `j` and the room `r` of its tenant. Every message before it in the same transaction counts as
 * a new one, with `j.nth` and `j.bytes_so_far`. A message that replaces one which is not sent yet takes its place.
 */
export const hasRoom = sql`
  (r.max_queued = 0 OR r.queued + j.nth <= r.max_queued
    OR (SELECT o.status FROM messages o WHERE o.tenant_id = j.tenant_id AND o.id = j.id) IN ('pending', 'deferred'))
  AND (r.max_stored_mb = 0 OR r.stored_bytes + j.bytes_so_far <= r.max_stored_mb * ${mebibyte}
    OR r.stored_bytes + j.bytes_so_far - COALESCE(
      (SELECT o.content_bytes FROM messages o WHERE o.tenant_id = j.tenant_id AND o.id = j.id), 0)
      <= r.max_stored_mb * ${mebibyte})`;

/** The quota that has no room for a message `j`, as `name limit`; NULL: both have. `j.nth` is its place in its call. */
export const quotaInTheWay = sql`
  CASE WHEN r.max_stored_mb > 0 AND r.stored_bytes + j.bytes > r.max_stored_mb * ${mebibyte}
      THEN 'max_stored_mb ' || r.max_stored_mb
    WHEN r.max_queued > 0 AND r.queued + j.nth > r.max_queued THEN 'max_queued ' || r.max_queued END`;

/** How much of a quota is used, and its limit; 0: no limit. */
interface Use {
  used: number;
  limit: number;
}

interface StoredUse {
  accounts: Use;
  queued: Use;
  stored_mb: Use;
}

interface UseRow {
  accounts: bigint | number;
  queued: bigint | number;
  stored_bytes: bigint | number;
}

/** The columns of a UseRow for a tenant `t`. */
const uses = sql`(SELECT COUNT(*) FROM accounts a WHERE a.tenant_id = t.id) AS accounts,
  ${used(sql`u.queued`)} AS queued, ${used(sql`u.stored_bytes`)} AS stored_bytes`;

/** @param limits of this tenant */
export async function findStoredUse(
  ctx: Needs<'db' | 'config'>,
  tenantId: string,
  limits: TenantLimits | undefined,
): Promise<StoredUse> {
  const [row] = await ctx.db.query(
    rows<UseRow>(sql`SELECT ${uses}
      FROM tenants t WHERE t.id = ${tenantId}`),
  );
  const { max_accounts, max_queued, max_stored_mb } = quotasOf(ctx, limits);
  return {
    accounts: { used: Number(row?.accounts ?? 0), limit: max_accounts },
    queued: { used: Number(row?.queued ?? 0), limit: max_queued },
    stored_mb: {
      used: inMebibytes(row?.stored_bytes ?? 0),
      limit: max_stored_mb,
    },
  };
}

/** Of every tenant, what it has and may have. */
export async function snapshotQuotas(ctx: Needs<'db' | 'config'>): Promise<MetricsSnapshot['quotas']> {
  const found = await ctx.db.query(
    rows<UseRow & { id: string; limits: string | null }>(
      sql`SELECT t.id AS id, t.limits AS limits, ${uses} FROM tenants t WHERE t.deleted_at IS NULL ORDER BY t.id`,
    ),
  );
  return found.map(({ id, limits, ...use }) => ({
    tenantId: id,
    limits: quotasOf(ctx, JSON.parse(limits ?? '{}') as TenantLimits),
    used: {
      max_accounts: Number(use.accounts),
      max_queued: Number(use.queued),
      max_stored_mb: inMebibytes(use.stored_bytes),
    },
  }));
}

/** Two digits after the point. */
function inMebibytes(bytes: bigint | number): number {
  return Math.ceil((Number(bytes) / mebibyte) * 100) / 100;
}

/** The quotas of a tenant with these limits of its own. */
export function quotasOf(ctx: Needs<'config'>, limits: TenantLimits | undefined): Quotas {
  const own = Object.entries(limits ?? {}).filter(([, limit]) => typeof limit === 'number');
  return { ...defaultQuotas(ctx.config), ...Object.fromEntries(own) };
}

/** A change that would exceed a quota. */
export interface OverQuota {
  kind: 'over_quota';
  quota: keyof Quotas;
  limit: number;
}

/** Undefined when there is no such tenant. */
export async function quotasOfTenant(
  ctx: Needs<'db' | 'config'>,
  tenantId: string,
): Promise<Quotas | undefined> {
  const tenant = await ctx.db.read.tenant.findUnique({
    where: { id: tenantId, deletedAt: null },
    select: { limits: true },
  });
  return tenant === null ? undefined : quotasOf(ctx, JSON.parse(tenant.limits ?? '{}') as TenantLimits);
}
