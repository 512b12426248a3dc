// Changes SMTP accounts: creates and replaces accounts, alters single settings, deletes accounts.
import { randomUUID } from 'node:crypto';
import { sealGiven } from '../../hidden-secret.js';
import type { Needs } from '../context.js';
import { writeOverUnchanged } from '../db/write-over-unchanged.js';
import type { Account, Prisma } from '../generated/sqlite/client.js';
import { checkSecret, type SecretNeeded } from '../secrets/keep-secret.js';
import { placeOf, sealedSecrets } from '../secrets/sealed-secrets.js';
import type { OverQuota } from '../tenants/quotas.js';
import { type AccountSettings, cleared, defaults } from './account-settings.js';
import {
  adminLimitColumns,
  checkLimits,
  type LimitsLifted,
  limitsOf,
  limitsThatStay,
  withoutAdminLimits,
} from './admin-limits.js';
import { replaceDeletedDefault } from './default-account.js';
import { insertAccount } from './insert-account.js';
import { checkMailbox, mailboxColumns, sealedMailboxPassword } from './mailbox-settings.js';

/** `missing`: there is no such tenant or account, or it was deleted meanwhile. */
type AccountChange = { kind: 'done' | 'missing' } | SecretNeeded | LimitsLifted | OverQuota;

type ChangeNeeds = Needs<'db' | 'clock' | 'secrets' | 'config'>;

/**
 * Creates the account or replaces it.
 * @param isAdmin whether the admin sets it, so that its server is trusted and its limits hold for the tenant
 */
export async function putAccount(
  ctx: ChangeNeeds,
  tenantId: string,
  id: string,
  settings: AccountSettings & { host: string; port: number },
  isAdmin = false,
): Promise<AccountChange> {
  const whole = { ...cleared, ...settings };
  return writeOverUnchanged(async () => {
    const before = await findAccountRow(ctx, tenantId, id);
    if (before === null) return createAccount(ctx, tenantId, id, whole, isAdmin);
    // A password that is left out is cleared, but only where it is: a caller that names another server may not have meant that.
    const refused = checkChange(
      before,
      {
        ...whole,
        password: settings.password,
        imap_password: settings.imap_password,
        ...limitsOf(settings),
      },
      isAdmin,
    );
    if (refused !== undefined) return refused;
    const kept = isAdmin ? whole : { ...cleared, ...limitsThatStay(before), ...settings };
    return updateRow(ctx, before, kept, isAdmin);
  });
}

/**
 * Alters the given settings.
 * @param isAdmin whether the admin sets them, so that a server which they name is trusted and limits hold for the tenant
 */
export async function updateAccount(
  ctx: ChangeNeeds,
  tenantId: string,
  id: string,
  settings: AccountSettings,
  isAdmin = false,
): Promise<AccountChange> {
  return writeOverUnchanged(async () => {
    const before = await findAccountRow(ctx, tenantId, id);
    if (before === null) return { kind: 'missing' };
    return checkChange(before, settings, isAdmin) ?? updateRow(ctx, before, settings, isAdmin);
  });
}

/**
 * Deletes the account. Its unsent messages fail when they are tried.
 * @param isAdmin whether the admin deletes it; a tenant could otherwise lift limits by making the account anew
 */
export async function deleteAccount(
  ctx: Needs<'db'>,
  tenantId: string,
  id: string,
  isAdmin = false,
): Promise<'done' | 'missing' | 'limited_by_admin'> {
  const where = { tenantId, id, ...(!isAdmin && withoutAdminLimits) };
  const deleted = (await deleteRows(ctx, where, false)) || (await deleteRows(ctx, where, true));
  if (deleted) {
    await replaceDeletedDefault(ctx, tenantId, id);
    return 'done';
  }
  // An account that is there now was made meanwhile, by another call.
  if (isAdmin) return 'missing';
  return (await ctx.db.read.account.count({ where: { tenantId, id } })) > 0 ? 'limited_by_admin' : 'missing';
}

/** The messages of a suspended account are parked, and have to be queued to fail. @returns whether it was there */
async function deleteRows(
  ctx: Needs<'db'>,
  where: { tenantId: string; id: string },
  isSuspended: boolean,
): Promise<boolean> {
  const found = { ...where, suspendedAt: isSuspended ? { not: null } : null };
  if (isSuspended && (await ctx.db.read.account.count({ where: found })) === 0) return false;
  const { tenantId } = where;
  const [deleted] = await ctx.db.writeModels<[{ count: number }, ...unknown[]]>((models) => [
    models.account.deleteMany({ where: found }),
    ...(isSuspended
      ? [
          models.activation.deleteMany({ where: { tenantId, batchCode: null } }),
          models.activation.create({ data: { id: randomUUID(), tenantId, batchCode: null } }),
        ]
      : []),
  ]);
  return deleted.count > 0;
}

function findAccountRow(ctx: Needs<'db'>, tenantId: string, id: string): Promise<Account | null> {
  const where = { tenantId_id: { tenantId, id }, tenant: { deletedAt: null } };
  return ctx.db.read.account.findUnique({ where });
}

/** @returns undefined when another call has created the account meanwhile */
async function createAccount(
  ctx: ChangeNeeds,
  tenantId: string,
  id: string,
  settings: AccountSettings & { host: string; port: number },
  isAdmin: boolean,
): Promise<AccountChange | undefined> {
  const now = BigInt(ctx.clock.now());
  const { host, port } = settings;
  const columns = toColumns(ctx, [tenantId, id], settings, isAdmin) as Record<string, string | number | null>;
  const data = { ...defaults, ...columns, revision: randomUUID(), tenantId, id, host, port };
  return insertAccount(ctx, { ...data, createdAt: now, updatedAt: now });
}

/** @returns undefined when the account has changed since it was read */
async function updateRow(
  ctx: ChangeNeeds,
  { tenantId, id, revision }: Account,
  settings: AccountSettings,
  isAdmin: boolean,
): Promise<AccountChange | undefined> {
  const data = toColumns(ctx, [tenantId, id], settings, isAdmin);
  const [updated] = await ctx.db.writeModels<[{ count: number }]>((models) => [
    models.account.updateMany({ where: { tenantId, id, revision }, data }),
  ]);
  return updated.count > 0 ? { kind: 'done' } : undefined;
}

/** Undefined when the change is allowed. */
function checkChange(
  before: Account,
  settings: AccountSettings,
  isAdmin: boolean,
): SecretNeeded | LimitsLifted | undefined {
  const { host, port, user, useTls: use_tls, allowPlaintext: allow_plaintext } = before;
  const orBefore = <T>(given: T | undefined, stands: T) => (given === undefined ? stands : given);
  const change = {
    isStored: before.password !== null,
    given: settings.password,
    before: { host, port, user, use_tls, allow_plaintext },
    after: {
      host: settings.host ?? host,
      port: settings.port ?? port,
      user: orBefore(settings.user, user) || null,
      use_tls: orBefore(settings.use_tls, use_tls),
      allow_plaintext: orBefore(settings.allow_plaintext, allow_plaintext),
    },
  };
  return (
    (isAdmin ? undefined : checkLimits(before, settings)) ??
    checkSecret(sealedSecrets.accountPassword, ['password'], change) ??
    checkMailbox(before, settings)
  );
}

function toColumns(
  ctx: Needs<'clock' | 'secrets'>,
  [tenantId, id]: [string, string],
  settings: AccountSettings,
  isAdmin: boolean,
): Prisma.AccountUpdateManyMutationInput {
  const { user } = settings;
  const orDefault = <T>(given: T | null | undefined, byDefault: T) => (given === null ? byDefault : given);
  const columns = {
    revision: randomUUID(),
    host: settings.host,
    port: settings.port,
    adminHost: isAdmin ? settings.host : undefined,
    adminPort: isAdmin ? settings.port : undefined,
    user: user === '' ? null : user,
    password: sealGiven(ctx, settings.password, placeOf(sealedSecrets.accountPassword, tenantId, id)),
    useTls: settings.use_tls,
    allowPlaintext: orDefault(settings.allow_plaintext, defaults.allowPlaintext),
    ehloName: settings.ehlo_name,
    returnPath: settings.return_path,
    ttl: orDefault(settings.ttl, defaults.ttl),
    limitPerMinute: settings.limit_per_minute,
    limitPerHour: settings.limit_per_hour,
    limitPerDay: settings.limit_per_day,
    limitBehavior: orDefault<string>(settings.limit_behavior, defaults.limitBehavior),
    spread: orDefault(settings.spread, defaults.spread),
    batchSize: settings.batch_size,
    maxConnections: settings.max_connections,
    onInDoubt: orDefault<string>(settings.on_in_doubt, defaults.onInDoubt),
    keepTranscripts: orDefault(settings.keep_transcripts, defaults.keepTranscripts),
    ...(isAdmin && adminLimitColumns(settings)),
    ...mailboxColumns(settings, isAdmin),
    imapPassword: sealedMailboxPassword(ctx, [tenantId, id], settings),
    updatedAt: BigInt(ctx.clock.now()),
  };
  return Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== undefined));
}
