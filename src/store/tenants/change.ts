// Changes tenants: creates and replaces tenants, alters single settings, deletes tenants.
import { hiddenSecret } from '../../hidden-secret.js';
import { hashToken, newToken } from '../../secrets.js';
import type { Needs } from '../context.js';
import { withoutNulls } from '../db/without-nulls.js';
import type { Prisma } from '../generated/sqlite/client.js';
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

/** Creates the tenant or replaces its settings. @returns the token of a new tenant; it is never shown again */
export async function putTenant(
  ctx: Needs<'db' | 'clock' | 'secrets'>,
  id: string,
  settings: TenantSettings,
): Promise<{ newToken: string | undefined }> {
  const now = BigInt(ctx.clock.now());
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
  await ctx.db.write((client) => [
    client.$executeRaw`INSERT INTO tenants (id, active, created_at, updated_at) VALUES (${id}, true, ${now}, ${now})
      ON CONFLICT (id) DO NOTHING`,
    client.$executeRaw`INSERT INTO tenant_tokens (hash, tenant_id, name, created_at)
      SELECT ${hash}, t.id, ${defaultTokenName}, ${now} FROM tenants t WHERE t.id = ${id} AND t.client_auth IS NULL`,
    client.tenant.update({ where: { id }, data: toColumns(ctx, all, now) }),
  ]);
  const made = await ctx.db.read.tenantToken.findUnique({ where: { hash } });
  return { newToken: made === null ? undefined : token };
}

/** Alters the given settings. @returns false when there is no such tenant */
export async function updateTenant(
  ctx: Needs<'db' | 'clock' | 'secrets'>,
  id: string,
  settings: TenantSettings,
): Promise<boolean> {
  const data = toColumns(ctx, settings, BigInt(ctx.clock.now()));
  const [updated] = await ctx.db.write<[{ count: number }]>((client) => [
    client.tenant.updateMany({ where: { id }, data }),
  ]);
  return updated.count > 0;
}

/** Deletes the tenant with its accounts, messages, events and tokens. @returns false when there is no such tenant */
export async function deleteTenant(ctx: Needs<'db'>, id: string): Promise<boolean> {
  const [deleted] = await ctx.db.write<[{ count: number }, ...unknown[]]>((client) => [
    client.tenant.deleteMany({ where: { id } }),
    client.idempotencyKey.deleteMany({ where: { caller: id } }),
    ...forgetSends(client, id),
  ]);
  return deleted.count > 0;
}

function toColumns(
  ctx: Needs<'secrets'>,
  settings: TenantSettings,
  now: bigint,
): Prisma.TenantUpdateManyMutationInput {
  // Any change may bring back an endpoint that answered 410 Gone, so reports try it again.
  const data: Prisma.TenantUpdateManyMutationInput = { updatedAt: now, syncGoneUrl: null };
  if (settings.client_base_url !== undefined || settings.active) data.nextCallAt = null;
  if (settings.name !== undefined) data.name = settings.name;
  if (settings.active !== undefined) data.active = settings.active;
  if (settings.client_base_url !== undefined) data.clientBaseUrl = settings.client_base_url;
  if (settings.client_sync_path !== undefined) data.clientSyncPath = settings.client_sync_path;
  if (settings.client_attachment_path !== undefined)
    data.clientAttachmentPath = settings.client_attachment_path;
  if (settings.rate_limits !== undefined) data.rateLimits = asJson(settings.rate_limits);
  if (settings.large_file_config !== undefined) data.largeFileConfig = asJson(settings.large_file_config);
  if (settings.client_auth === undefined) return data;
  const { method, user, token, password } = settings.client_auth ?? { method: 'none' as const };
  const secret = method === 'bearer' ? token : method === 'basic' ? password : undefined;
  data.clientAuth = JSON.stringify({ method, user });
  if (secret !== hiddenSecret) data.clientSecret = secret === undefined ? null : ctx.secrets.seal(secret);
  return data;
}

function asJson(value: Record<string, unknown> | null): string | null {
  return value === null ? null : JSON.stringify(withoutNulls(value));
}
