// Tenants, the applications that submit mail, as clients see them.
import { isoSeconds } from '../../clock.js';
import { hiddenSecret } from '../../hidden-secret.js';
import type { Needs } from '../context.js';
import { withoutNulls } from '../db/without-nulls.js';
import type { Tenant } from '../generated/sqlite/client.js';

export interface ClientAuth {
  method: 'none' | 'bearer' | 'basic';
  token?: string | undefined;
  user?: string | undefined;
  password?: string | undefined;
}

/** A tenant (contract section 6), without its secrets; undefined when there is no such tenant. */
export async function findTenant(ctx: Needs<'db'>, id: string): Promise<Record<string, unknown> | undefined> {
  const tenant = await ctx.db.read.tenant.findUnique({ where: { id } });
  return tenant === null ? undefined : showTenant(tenant);
}

export async function listTenants(ctx: Needs<'db'>, activeOnly: boolean): Promise<Record<string, unknown>[]> {
  const where = activeOnly ? { active: true } : {};
  return (await ctx.db.read.tenant.findMany({ where, orderBy: { id: 'asc' } })).map(showTenant);
}

function showTenant(tenant: Tenant): Record<string, unknown> {
  return withoutNulls({
    id: tenant.id,
    name: tenant.name,
    client_base_url: tenant.clientBaseUrl,
    client_sync_path: tenant.clientSyncPath,
    client_attachment_path: tenant.clientAttachmentPath,
    client_auth: showAuth(tenant),
    webhook_secret: tenant.webhookSecret === null ? null : hiddenSecret,
    rate_limits: parsed(tenant.rateLimits),
    large_file_config: parsed(tenant.largeFileConfig),
    active: tenant.active,
    created_at: isoSeconds(tenant.createdAt),
    updated_at: isoSeconds(tenant.updatedAt),
  });
}

function showAuth({ clientAuth, clientSecret }: Tenant) {
  const { method, user } = JSON.parse(clientAuth ?? '{"method":"none"}') as ClientAuth;
  const shown = method === 'basic' ? { password: hiddenSecret } : { token: hiddenSecret };
  return { method, ...(user !== undefined && { user }), ...(clientSecret !== null && shown) };
}

function parsed(json: string | null): unknown {
  return json === null ? null : JSON.parse(json);
}
