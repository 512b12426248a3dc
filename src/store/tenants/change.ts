// Changes tenants: creates and replaces tenants, alters single settings, deletes tenants.

import { hiddenSecret } from '../../hidden-secret.js';
import { hashToken, newToken } from '../../secrets.js';
import type { Needs } from '../context.js';
import { join, type Sql, sql, verbatim } from '../db/sql.js';
import { run } from '../db/transaction.js';
import { withoutNulls } from '../db/without-nulls.js';
import { forgetSends } from '../limits/forget-sends.js';
import type { ClientAuth } from './tenants.js';
import { defaultTokenName } from './tokens.js';

/** Settings of a tenant. Null clears a setting; undefined leaves it alone. */
interface TenantSettings {
  name?: string | null | undefined;
  active?: boolean | undefined;
  client_base_url?: string | null | undefined;
  client_sync_path?: string | null | undefined;
  client_attachment_path?: string | null | undefined;
  client_auth?: ClientAuth | null | undefined;
  rate_limits?: Record<string, unknown> | null | undefined;
  large_file_config?: Record<string, unknown> | null | undefined;
}

/**
 * Creates the tenant or replaces its settings, as the admin alone may: its endpoint is trusted.
 * @returns the token of a new tenant; it is never shown again */
export async function putTenant(
  ctx: Needs<'db' | 'clock' | 'secrets'>,
  id: string,
  settings: TenantSettings,
): Promise<{ newToken: string | undefined }> {
  const now = ctx.clock.now();
  const all = {
    name: null,
    active: true,
    client_base_url: null,
    client_sync_path: null,
    client_attachment_path: null,
    client_auth: null,
    rate_limits: null,
    large_file_config: null,
    ...settings,
  };
  const token = newToken();
  const hash = hashToken(token);
  // The token is inserted before the settings, in the same transaction, so that of two concurrent calls only one finds the
  // tenant new.
  await ctx.db.transaction({
    tenant: run(sql`INSERT INTO tenants (id, active, created_at, updated_at)
      VALUES (${id}, true, ${now}, ${now}) ON CONFLICT (id) DO NOTHING`),
    token: run(sql`INSERT INTO tenant_tokens (hash, tenant_id, name, created_at)
      SELECT ${hash}, t.id, ${defaultTokenName}, ${now} FROM tenants t WHERE t.id = ${id} AND t.client_auth IS NULL`),
    settings: run(updateSql(ctx, id, all, true)),
  });
  const made = await ctx.db.read.tenantToken.findUnique({ where: { hash } });
  return { newToken: made === null ? undefined : token };
}

/**
 * Alters the given settings.
 * @param isAdmin whether the admin sets them, so that an endpoint which they name is trusted
 * @returns false when there is no such tenant
 */
export async function updateTenant(
  ctx: Needs<'db' | 'clock' | 'secrets'>,
  id: string,
  settings: TenantSettings,
  isAdmin = false,
): Promise<boolean> {
  const { updated } = await ctx.db.transaction({ updated: run(updateSql(ctx, id, settings, isAdmin)) });
  return updated > 0;
}

/** Deletes the tenant with its accounts, messages, events and tokens. @returns false when there is no such tenant */
export async function deleteTenant(ctx: Needs<'db'>, id: string): Promise<boolean> {
  const { deleted } = await ctx.db.transaction({
    deleted: run(sql`DELETE FROM tenants WHERE id = ${id}`),
    idempotencyKeys: run(sql`DELETE FROM idempotency_keys WHERE caller = ${id}`),
    ...forgetSends(id),
  });
  return deleted > 0;
}

function updateSql(
  ctx: Needs<'clock' | 'secrets'>,
  id: string,
  settings: TenantSettings,
  isAdmin: boolean,
): Sql {
  const given = Object.entries(toColumns(ctx, settings, isAdmin));
  const changes = given.flatMap(([column, value]) =>
    value === undefined ? [] : [sql`${verbatim(column)} = ${value}`],
  );
  return sql`UPDATE tenants SET ${join(changes)} WHERE id = ${id}`;
}

/** The columns to write; an undefined column is left alone. */
function toColumns(
  ctx: Needs<'clock' | 'secrets'>,
  settings: TenantSettings,
  isAdmin: boolean,
): Record<string, string | number | boolean | null | undefined> {
  const { client_auth } = settings;
  const { method, user, token, password } = client_auth ?? { method: 'none' as const };
  const secret = method === 'bearer' ? token : method === 'basic' ? password : undefined;
  const sealed = secret === undefined || secret === hiddenSecret ? null : ctx.secrets.seal(secret);
  return {
    updated_at: ctx.clock.now(),
    // Any change may bring back an endpoint that answered 410 Gone, so reports try it again.
    sync_gone_url: null,
    next_call_at: settings.client_base_url !== undefined || settings.active ? null : undefined,
    name: settings.name,
    active: settings.active,
    client_base_url: settings.client_base_url,
    client_sync_path: settings.client_sync_path,
    client_attachment_path: settings.client_attachment_path,
    admin_base_url: isAdmin ? settings.client_base_url : undefined,
    admin_sync_path: isAdmin ? settings.client_sync_path : undefined,
    rate_limits: asJson(settings.rate_limits),
    large_file_config: asJson(settings.large_file_config),
    client_auth: client_auth === undefined ? undefined : JSON.stringify({ method, user }),
    client_secret: client_auth === undefined || secret === hiddenSecret ? undefined : sealed,
  };
}

function asJson(value: Record<string, unknown> | null | undefined): string | null | undefined {
  return value === null || value === undefined ? value : JSON.stringify(withoutNulls(value));
}
