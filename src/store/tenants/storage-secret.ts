// The secret of the storage of a tenant's large files: what a change of settings makes of it, and how it is read.
import type { LargeFileConfig, StorageLogin } from '../../domain/large-file/config.js';
import { hiddenSecret } from '../../hidden-secret.js';
import type { Needs } from '../context.js';
import type { Tenant } from '../generated/sqlite/client.js';
import { checkSecret, type SecretNeeded } from '../secrets/keep-secret.js';
import { placeOf, sealedSecrets } from '../secrets/sealed-secrets.js';

/** `large_file_config` as it is handed in. */
export interface LargeFileSettings {
  storage_url?: string | null | undefined;
  storage_auth?:
    | { user?: string | null | undefined; password?: string | null | undefined }
    | null
    | undefined;
}

type StorageColumns = Pick<Tenant, 'largeFileConfig' | 'storageSecret'>;

/** Undefined when the settings send no stored secret elsewhere. */
export function checkStorageSecret(
  before: StorageColumns,
  config: LargeFileSettings | null | undefined,
): SecretNeeded | undefined {
  if (config === undefined) return undefined;
  return checkSecret(sealedSecrets.storageSecret, ['large_file_config', 'storage_auth', 'password'], {
    isStored: before.storageSecret !== null,
    given: givenSecret(config),
    before: destination(readLargeFileConfig(before)),
    after: destination(config),
  });
}

function destination(config: LargeFileSettings | null) {
  return {
    'large_file_config.storage_url': config?.storage_url,
    'large_file_config.storage_auth.user': config?.storage_auth?.user,
  };
}

/** Replaced as a whole, so that a login which is left out is cleared. */
function givenSecret(config: LargeFileSettings | null): string | null {
  return config?.storage_auth?.password || null;
}

/** The column: undefined leaves it as it is. */
export function sealStorageSecret(
  ctx: Needs<'secrets'>,
  tenantId: string,
  config: LargeFileSettings | null | undefined,
): string | null | undefined {
  if (config === undefined) return undefined;
  const given = givenSecret(config);
  if (given === hiddenSecret) return undefined;
  return given === null ? null : ctx.secrets.seal(given, placeOf(sealedSecrets.storageSecret, tenantId));
}

export function readLargeFileConfig({
  largeFileConfig,
}: Pick<StorageColumns, 'largeFileConfig'>): LargeFileConfig {
  return JSON.parse(largeFileConfig ?? '{}') as LargeFileConfig;
}

/** Undefined: the service finds its login in its environment. @throws Fault `wrong_encryption_key` */
export function openStorageLogin(
  ctx: Needs<'secrets'>,
  tenant: StorageColumns & { id: string },
): StorageLogin | undefined {
  const user = readLargeFileConfig(tenant).storage_auth?.user;
  const { storageSecret } = tenant;
  if (storageSecret === null) return user === undefined ? undefined : { user };
  return { user, password: ctx.secrets.open(storageSecret, placeOf(sealedSecrets.storageSecret, tenant.id)) };
}

export interface LargeFileRules {
  config: LargeFileConfig;
  login: StorageLogin | undefined;
}

/** Undefined where large attachments are like others. @throws Fault `wrong_encryption_key` */
export async function findLargeFileRules(
  ctx: Needs<'db' | 'secrets'>,
  tenantId: string,
): Promise<LargeFileRules | undefined> {
  const select = { id: true, largeFileConfig: true, storageSecret: true };
  const tenant = await ctx.db.read.tenant.findUnique({ where: { id: tenantId }, select });
  if (tenant === null || tenant.largeFileConfig === null) return undefined;
  const config = readLargeFileConfig(tenant);
  return config.enabled ? { config, login: openStorageLogin(ctx, tenant) } : undefined;
}
