// The account for messages of a tenant that name none, and how the tenant's first account becomes it.
import type { Needs } from '../context.js';
import { type Sql, sql } from '../db/sql.js';
import { run } from '../db/transaction.js';

export type DefaultAccount =
  | { kind: 'found'; id: string }
  | { kind: 'no_tenant' }
  /** `default_account` names an account that was not made. */
  | { kind: 'missing'; id: string }
  | { kind: 'none'; accounts: number };

/** The account that the tenant chose, else the one called `default`, else its only one. */
export async function findDefaultAccount(ctx: Needs<'db'>, tenantId: string): Promise<DefaultAccount> {
  const tenant = await ctx.db.read.tenant.findFirst({
    where: { id: tenantId, deletedAt: null },
    select: { defaultAccount: true },
  });
  if (tenant === null) return { kind: 'no_tenant' };
  const chosen = tenant.defaultAccount;
  const named = await ctx.db.read.account.findMany({
    where: { tenantId, id: { in: ['default', ...(chosen === null ? [] : [chosen])] } },
    select: { id: true },
  });
  const wanted = chosen ?? 'default';
  if (named.some(({ id }) => id === wanted)) return { kind: 'found', id: wanted };
  if (chosen !== null) return { kind: 'missing', id: chosen };
  const accounts = await ctx.db.read.account.count({ where: { tenantId } });
  const only = accounts === 1 ? await ctx.db.read.account.findFirst({ where: { tenantId } }) : null;
  return only === null ? { kind: 'none', accounts } : { kind: 'found', id: only.id };
}

/**
 * For the transaction that makes an account: an account that is the tenant's only one becomes its default, and stays it
 * when others follow.
 */
export function chooseOnlyAccount(tenantId: string): Sql {
  return sql`UPDATE tenants SET default_account = (SELECT MIN(a.id) FROM accounts a WHERE a.tenant_id = tenants.id)
    WHERE id = ${tenantId} AND default_account IS NULL
      AND (SELECT COUNT(*) FROM accounts a WHERE a.tenant_id = tenants.id) = 1`;
}

/** After the default account was deleted, the tenant has no default unless a single account is left. */
export async function replaceDeletedDefault(ctx: Needs<'db'>, tenantId: string, id: string): Promise<void> {
  await ctx.db.transaction({
    gone: run(sql`UPDATE tenants SET default_account = NULL WHERE id = ${tenantId} AND default_account = ${id}
      AND NOT EXISTS (SELECT 1 FROM accounts a WHERE a.tenant_id = ${tenantId} AND a.id = ${id})`),
    only: run(chooseOnlyAccount(tenantId)),
  });
}
