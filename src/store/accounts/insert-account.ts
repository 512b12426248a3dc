// Stores the row of a new account, unless the tenant has as many accounts as it may.
import type { Needs } from '../context.js';
import { join, sql, verbatim } from '../db/sql.js';
import { run } from '../db/transaction.js';
import { lockRooms, type OverQuota, quotaOf, quotasOfTenant } from '../tenants/quotas.js';
import { chooseOnlyAccount } from './default-account.js';

type Value = string | number | bigint | boolean | null;

/**
 * @param row by the names of the model
 * @returns undefined when another call has created the account, its tenant or room for it meanwhile
 */
export async function insertAccount(
  ctx: Needs<'db' | 'config'>,
  row: { tenantId: string; id: string } & Record<string, Value>,
): Promise<{ kind: 'done' | 'missing' } | OverQuota | undefined> {
  const { tenantId, id } = row;
  const columns = Object.keys(row).map((name) =>
    verbatim(`"${name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`)}"`),
  );
  const quota = quotaOf(ctx, 'max_accounts');
  const { added } = await ctx.db.transaction({
    lock: lockRooms([tenantId]),
    added: run(sql`INSERT INTO accounts (${join(columns)}) SELECT ${join(Object.values(row).map(asNumber))}
      FROM tenants t WHERE t.id = ${tenantId} AND t.deleted_at IS NULL
        AND (${quota} = 0 OR (SELECT COUNT(*) FROM accounts a WHERE a.tenant_id = t.id) < ${quota})
      ON CONFLICT DO NOTHING`),
    only: run(chooseOnlyAccount(tenantId)),
  });
  if (added > 0) return { kind: 'done' };
  if ((await ctx.db.read.account.count({ where: { tenantId, id, tenant: { deletedAt: null } } })) > 0)
    return undefined;
  const quotas = await quotasOfTenant(ctx, tenantId);
  if (quotas === undefined) return { kind: 'missing' };
  const accounts = await ctx.db.read.account.count({ where: { tenantId } });
  // The tenant, or room for the account, has come into being since.
  if (quotas.max_accounts === 0 || accounts < quotas.max_accounts) return undefined;
  return { kind: 'over_quota', quota: 'max_accounts', limit: quotas.max_accounts };
}

function asNumber(value: Value): Exclude<Value, bigint> {
  return typeof value === 'bigint' ? Number(value) : value;
}
