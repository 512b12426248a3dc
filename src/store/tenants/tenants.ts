// Tenants, the applications that submit mail, as clients see them.
import { isoSeconds } from '../../clock.js';
import type { LargeFileConfig } from '../../domain/large-file/config.js';
import type { TenantLimits } from '../../domain/quota.js';
import { hiddenSecret } from '../../hidden-secret.js';
import type { Needs } from '../context.js';
import { type Hold, holdNothing, type Page, type PageAsked, readPageOf } from '../db/cut-at-bytes.js';
import { withoutNulls } from '../db/without-nulls.js';
import type { Tenant } from '../generated/sqlite/client.js';
import { sizesOfTenants } from './sizes.js';

export interface ClientAuth {
  method: 'none' | 'bearer' | 'basic';
  token?: string | undefined;
  user?: string | undefined;
  password?: string | undefined;
}

/** Messages an hour and a day at most, for all accounts of the tenant together. */
interface RateLimits {
  hourly?: number;
  daily?: number;
}

/** A tenant (contract section 6), without its secrets; undefined when there is no such tenant. */
export async function findTenant(ctx: Needs<'db'>, id: string) {
  const tenant = await ctx.db.read.tenant.findUnique({ where: { id, deletedAt: null } });
  return tenant === null ? undefined : showTenant(tenant);
}

type ShownTenant = ReturnType<typeof showTenant>;

/**
 * Tenants in the order of their ids.
 * @param hold is awaited before as many bytes are read
 */
export async function listTenants(
  ctx: Needs<'db'>,
  filter: PageAsked & { activeOnly: boolean },
  hold: Hold = holdNothing,
): Promise<Page<ShownTenant>> {
  const { after = '', activeOnly } = filter;
  const where = { deletedAt: null, ...(activeOnly && { active: true }), id: { gt: after } };
  const read = async (take: number) =>
    (await ctx.db.read.tenant.findMany({ where, orderBy: { id: 'asc' }, take })).map(showTenant);
  return readPageOf(await sizesOfTenants(ctx, filter), filter, hold, read, ({ id }) => id);
}

function showTenant(tenant: Tenant) {
  return withoutNulls({
    id: tenant.id,
    name: tenant.name,
    client_base_url: tenant.clientBaseUrl,
    client_sync_path: tenant.clientSyncPath,
    client_attachment_path: tenant.clientAttachmentPath,
    client_auth: showAuth(tenant),
    webhook_secret: tenant.webhookSecret === null ? null : hiddenSecret,
    rate_limits: parsed<RateLimits>(tenant.rateLimits),
    limits: parsed<TenantLimits>(tenant.limits),
    large_file_config: showLargeFiles(tenant),
    suppress: tenant.suppress as 'off' | 'hard' | 'complaint' | 'both',
    default_account: tenant.defaultAccount,
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

function showLargeFiles({ largeFileConfig, storageSecret }: Tenant) {
  const config = parsed<LargeFileConfig>(largeFileConfig);
  if (config === null || storageSecret === null) return config;
  return { ...config, storage_auth: { ...config.storage_auth, password: hiddenSecret } };
}

function parsed<T>(json: string | null): T | null {
  return json === null ? null : (JSON.parse(json) as T);
}
