// Changes tenants: creates and replaces tenants, and alters single settings.

import { hashToken, newToken } from '../../secrets.js';
import type { Needs } from '../context.js';
import { join, type Sql, sql, verbatim } from '../db/sql.js';
import { run } from '../db/transaction.js';
import { withoutNulls } from '../db/without-nulls.js';
import { writeOverUnchanged } from '../db/write-over-unchanged.js';
import type { Tenant } from '../generated/sqlite/client.js';
import { addActivation } from '../schedule/activations.js';
import type { SecretNeeded } from '../secrets/keep-secret.js';
import { checkClientSecret, type EndpointSettings, sealClientSecret } from './client-secret.js';
import {
  checkStorageSecret,
  type LargeFileSettings,
  readLargeFileConfig,
  sealStorageSecret,
} from './storage-secret.js';
import { suspensionLock } from './suspend.js';
import { defaultTokenName } from './tokens.js';

/** Settings of a tenant. Null clears a setting; undefined leaves it alone. */
interface TenantSettings extends EndpointSettings {
  name?: string | null | undefined;
  active?: boolean | undefined;
  default_account?: string | null | undefined;
  /** Which bounces put addresses on the suppression list. */
  suppress?: 'off' | 'hard' | 'complaint' | 'both' | null | undefined;
  rate_limits?: Record<string, unknown> | null | undefined;
  limits?: Record<string, unknown> | null | undefined;
  large_file_config?: (LargeFileSettings & Record<string, unknown>) | null | undefined;
}

export type TenantChange =
  | { kind: 'done'; newToken?: string }
  | { kind: 'missing' | 'being_deleted' }
  | SecretNeeded;

/**
 * Creates the tenant or replaces its settings, as the admin alone may: its endpoint is trusted.
 * @returns the token of a new tenant, which is never shown again
 */
export async function putTenant(
  ctx: Needs<'db' | 'clock' | 'secrets'>,
  id: string,
  settings: TenantSettings,
): Promise<TenantChange> {
  const now = ctx.clock.now();
  const all = {
    name: null,
    active: true,
    client_base_url: null,
    client_sync_path: null,
    client_attachment_path: null,
    client_auth: null,
    rate_limits: null,
    limits: null,
    large_file_config: null,
    suppress: null,
    ...settings,
  };
  const token = newToken();
  const hash = hashToken(token);
  // The token is inserted before the settings, in the same transaction, so that of two concurrent calls only one finds the
  // tenant new.
  const insert = {
    tenant: run(sql`INSERT INTO tenants (id, active, created_at, updated_at)
      VALUES (${id}, true, ${now}, ${now}) ON CONFLICT (id) DO NOTHING`),
    token: run(sql`INSERT INTO tenant_tokens (hash, tenant_id, name, created_at)
      SELECT ${hash}, t.id, ${defaultTokenName}, ${now} FROM tenants t WHERE t.id = ${id} AND t.client_auth IS NULL`),
  };
  return writeOverUnchanged(async () => {
    const before = await ctx.db.read.tenant.findUnique({ where: { id } });
    if (before !== null && before.deletedAt !== null) return { kind: 'being_deleted' };
    // A login that is left out counts as left out here, not as cleared.
    const refused =
      before === null
        ? undefined
        : (checkClientSecret(before, { ...all, client_auth: settings.client_auth }) ??
          checkStorageSecret(before, all.large_file_config));
    if (refused !== undefined) return refused;
    const { updated } = await ctx.db.transaction({
      ...orderedActivity(all),
      ...(before === null && insert),
      updated: run(updateSql(id, toColumns(ctx, id, all, true), before ?? unset)),
      ...(before !== null && activation(id, all, before)),
    });
    if (updated === 0) return undefined;
    return { kind: 'done', ...(before === null && { newToken: token }) };
  });
}

/**
 * Alters the given settings.
 * @param isAdmin whether the admin sets them, so that an endpoint which they name is trusted
 */
export async function updateTenant(
  ctx: Needs<'db' | 'clock' | 'secrets'>,
  id: string,
  settings: TenantSettings,
  isAdmin = false,
): Promise<TenantChange> {
  return writeOverUnchanged(async () => {
    const before = await ctx.db.read.tenant.findUnique({ where: { id } });
    if (before === null || before.deletedAt !== null) return { kind: 'missing' };
    const refused =
      checkClientSecret(before, settings) ??
      (isAdmin ? checkStorageSecret(before, settings.large_file_config) : undefined);
    if (refused !== undefined) return refused;
    const allowed = isAdmin ? settings : keepStorage(settings, before);
    const columns = toColumns(ctx, id, allowed, isAdmin);
    const { updated } = await ctx.db.transaction({
      ...orderedActivity(settings),
      updated: run(updateSql(id, columns, before)),
      ...activation(id, settings, before),
    });
    return updated === 0 ? undefined : { kind: 'done' };
  });
}

/** With the lock, no process begins to send a message of a tenant that is not active once that is answered. */
function orderedActivity({ active }: TenantSettings) {
  return active === undefined ? {} : { lock: run(suspensionLock('alone')) };
}

/** What was held while the tenant was not active is queued again. */
function activation(id: string, { active }: TenantSettings, before: Tenant) {
  return active && !before.active ? addActivation({ tenantId: id, batchCode: null }) : {};
}

/** The columns that decide whether a change is allowed, as they are in a new row. */
const unset = {
  clientBaseUrl: null,
  clientSyncPath: null,
  clientAttachmentPath: null,
  clientAuth: null,
  clientSecret: null,
  largeFileConfig: null,
  storageSecret: null,
};

/** Changes the row only while the columns that the decision was made on are as they were read. */
function updateSql(id: string, columns: Columns, before: typeof unset | Tenant): Sql {
  const changes = Object.entries(columns).flatMap(([column, value]) =>
    value === undefined ? [] : [sql`${verbatim(column)} = ${value}`],
  );
  return sql`UPDATE tenants SET ${join(changes)} WHERE id = ${id} AND deleted_at IS NULL
    AND client_base_url IS NOT DISTINCT FROM ${before.clientBaseUrl}
    AND client_sync_path IS NOT DISTINCT FROM ${before.clientSyncPath}
    AND client_attachment_path IS NOT DISTINCT FROM ${before.clientAttachmentPath}
    AND client_auth IS NOT DISTINCT FROM ${before.clientAuth}
    AND client_secret IS NOT DISTINCT FROM ${before.clientSecret}
    AND large_file_config IS NOT DISTINCT FROM ${before.largeFileConfig}
    AND storage_secret IS NOT DISTINCT FROM ${before.storageSecret}`;
}

/** A tenant replaces `large_file_config` without its storage, which is the admin's. */
function keepStorage(settings: TenantSettings, before: Tenant): TenantSettings {
  if (settings.large_file_config === undefined) return settings;
  const { storage_url, storage_auth } = readLargeFileConfig(before);
  if (storage_url === undefined && storage_auth === undefined) return settings;
  return { ...settings, large_file_config: { ...settings.large_file_config, storage_url, storage_auth } };
}

type Columns = Record<string, string | number | boolean | null | undefined>;

/** The columns to write; an undefined column is left alone. */
function toColumns(
  ctx: Needs<'clock' | 'secrets'>,
  id: string,
  settings: TenantSettings,
  isAdmin: boolean,
): Columns {
  const { client_auth } = settings;
  const { method, user } = client_auth ?? { method: 'none' as const };
  return {
    updated_at: ctx.clock.now(),
    // Any change may bring back an endpoint that answered 410 Gone, so reports try it again.
    sync_gone_url: null,
    report_fault: null,
    next_call_at: settings.client_base_url !== undefined || settings.active ? null : undefined,
    name: settings.name,
    active: settings.active,
    default_account: settings.default_account,
    suppress: settings.suppress === null ? 'off' : settings.suppress,
    client_base_url: settings.client_base_url,
    client_sync_path: settings.client_sync_path,
    client_attachment_path: settings.client_attachment_path,
    admin_base_url: isAdmin ? settings.client_base_url : undefined,
    admin_sync_path: isAdmin ? settings.client_sync_path : undefined,
    admin_attachment_path: isAdmin ? settings.client_attachment_path : undefined,
    rate_limits: asJson(settings.rate_limits),
    limits: asJson(settings.limits),
    large_file_config: asJson(withoutPassword(settings.large_file_config)),
    storage_secret: isAdmin ? sealStorageSecret(ctx, id, settings.large_file_config) : undefined,
    client_auth: client_auth === undefined ? undefined : JSON.stringify({ method, user }),
    client_secret: sealClientSecret(ctx, id, client_auth),
  };
}

function withoutPassword(config: TenantSettings['large_file_config']) {
  const user = config?.storage_auth?.user;
  return config && { ...config, storage_auth: user ? { user } : undefined };
}

function asJson(value: Record<string, unknown> | null | undefined): string | null | undefined {
  return value === null || value === undefined ? value : JSON.stringify(withoutNulls(value));
}
