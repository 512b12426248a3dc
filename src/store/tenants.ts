// Tenants: the applications that hand in mail, and where their delivery reports go.
import type { Needs } from '../context.js';
import { hashToken, newToken } from '../secrets.js';

export interface ClientAuth {
  method: 'none' | 'bearer' | 'basic';
  token?: string | undefined;
  user?: string | undefined;
  password?: string | undefined;
}

export interface TenantInput {
  id: string;
  name?: string | null | undefined;
  active: boolean;
  client_base_url?: string | null | undefined;
  client_sync_path?: string | null | undefined;
  client_attachment_path?: string | null | undefined;
  client_auth?: ClientAuth | null | undefined;
  rate_limits?: Record<string, unknown> | null | undefined;
  large_file_config?: Record<string, unknown> | null | undefined;
}

/** Creates the tenant or replaces its settings. @returns the token of a new tenant: the only time it is seen */
export async function putTenant(
  ctx: Needs<'db' | 'clock' | 'secrets'>,
  input: TenantInput,
): Promise<{ newToken: string | undefined }> {
  const now = BigInt(ctx.clock.now());
  const auth = input.client_auth ?? { method: 'none' as const };
  const secret = auth.method === 'bearer' ? auth.token : auth.method === 'basic' ? auth.password : undefined;
  const data = {
    name: input.name ?? null,
    active: input.active,
    clientBaseUrl: input.client_base_url ?? null,
    clientSyncPath: input.client_sync_path ?? null,
    clientAttachmentPath: input.client_attachment_path ?? null,
    clientAuth: JSON.stringify({ method: auth.method, user: auth.user }),
    clientSecret: secret === undefined ? null : ctx.secrets.seal(secret),
    rateLimits: input.rate_limits ? JSON.stringify(input.rate_limits) : null,
    largeFileConfig: input.large_file_config ? JSON.stringify(input.large_file_config) : null,
    updatedAt: now,
  };
  const token = newToken();
  const hash = hashToken(token);
  // The token is tried first and in the same transaction: two calls at once cannot both find the tenant new.
  await ctx.db.write((client) => [
    client.$executeRaw`INSERT INTO tenants (id, active, created_at, updated_at) VALUES (${input.id}, ${input.active}, ${now}, ${now})
      ON CONFLICT (id) DO NOTHING`,
    client.$executeRaw`INSERT INTO tenant_tokens (hash, tenant_id, created_at)
      SELECT ${hash}, t.id, ${now} FROM tenants t WHERE t.id = ${input.id} AND t.client_auth IS NULL`,
    client.tenant.update({ where: { id: input.id }, data }),
  ]);
  const made = await ctx.db.read.tenantToken.findUnique({ where: { hash } });
  return { newToken: made === null ? undefined : token };
}

export interface ReportTarget {
  url: string;
  auth: ClientAuth;
}

/** Where a tenant's reports go; undefined when it has no endpoint or is gone. */
export async function findReportTarget(
  ctx: Needs<'db' | 'secrets'>,
  tenantId: string,
): Promise<ReportTarget | undefined> {
  const tenant = await ctx.db.read.tenant.findUnique({ where: { id: tenantId } });
  if (tenant === null || tenant.clientBaseUrl === null) return undefined;
  const { method, user } = JSON.parse(tenant.clientAuth ?? '{"method":"none"}') as ClientAuth;
  const secret = tenant.clientSecret === null ? undefined : ctx.secrets.open(tenant.clientSecret);
  const auth: ClientAuth =
    method === 'bearer'
      ? { method, token: secret }
      : method === 'basic'
        ? { method, user, password: secret }
        : { method: 'none' };
  return {
    url: tenant.clientBaseUrl.replace(/\/+$/, '') + (tenant.clientSyncPath ?? '/mail-proxy/sync'),
    auth,
  };
}

export async function tenantExists(ctx: Needs<'db'>, id: string): Promise<boolean> {
  return (await ctx.db.read.tenant.count({ where: { id } })) > 0;
}
