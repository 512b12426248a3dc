// Changes SMTP accounts: creates and replaces accounts, alters single settings, deletes accounts.
import { randomUUID } from 'node:crypto';
import { sealGiven } from '../../hidden-secret.js';
import type { Needs } from '../context.js';
import { Prisma } from '../generated/sqlite/client.js';

/** Settings of an account. Null clears a setting or restores its default; undefined leaves it alone. */
interface AccountSettings {
  host?: string | undefined;
  port?: number | undefined;
  user?: string | null | undefined;
  /** `***`, as clients are shown it, leaves the password as it is. */
  password?: string | null | undefined;
  use_tls?: boolean | null | undefined;
  ttl?: number | null | undefined;
  limit_per_minute?: number | null | undefined;
  limit_per_hour?: number | null | undefined;
  limit_per_day?: number | null | undefined;
  limit_behavior?: 'defer' | 'reject' | null | undefined;
  spread?: boolean | null | undefined;
  batch_size?: number | null | undefined;
  on_in_doubt?: 'resend' | 'hold' | null | undefined;
}

/** Prisma's code for a row that refers to a missing row. */
const foreignKeyFailed = 'P2003';

const defaults = { ttl: 300, limitBehavior: 'defer', spread: false, onInDoubt: 'resend' };

/**
 * Creates the account or replaces it.
 * @param isAdmin whether the admin sets it, so that its server is trusted
 * @returns false when there is no such tenant, or it was deleted meanwhile */
export async function putAccount(
  ctx: Needs<'db' | 'clock' | 'secrets'>,
  tenantId: string,
  id: string,
  settings: AccountSettings & { host: string; port: number },
  isAdmin = false,
): Promise<boolean> {
  const cleared: AccountSettings = {
    user: null,
    password: null,
    use_tls: null,
    ttl: null,
    limit_per_minute: null,
    limit_per_hour: null,
    limit_per_day: null,
    limit_behavior: null,
    spread: null,
    batch_size: null,
    on_in_doubt: null,
  };
  const now = BigInt(ctx.clock.now());
  const data = toColumns(ctx, { ...cleared, ...settings }, now, isAdmin);
  const { host, port } = settings;
  const created = {
    ...defaults,
    ...(data as object),
    revision: randomUUID(),
    tenantId,
    id,
    host,
    port,
    createdAt: now,
    updatedAt: now,
  };
  const where = { tenantId_id: { tenantId, id } };
  try {
    await ctx.db.writeModels((models) => [models.account.upsert({ where, create: created, update: data })]);
    return true;
  } catch (error) {
    if (error instanceof Prisma.PrismaClientKnownRequestError && error.code === foreignKeyFailed)
      return false;
    throw error;
  }
}

/**
 * Alters the given settings.
 * @param isAdmin whether the admin sets them, so that a server which they name is trusted
 * @returns false when there is no such account */
export async function updateAccount(
  ctx: Needs<'db' | 'clock' | 'secrets'>,
  tenantId: string,
  id: string,
  settings: AccountSettings,
  isAdmin = false,
): Promise<boolean> {
  const data = toColumns(ctx, settings, BigInt(ctx.clock.now()), isAdmin);
  const [updated] = await ctx.db.writeModels<[{ count: number }]>((models) => [
    models.account.updateMany({ where: { tenantId, id }, data }),
  ]);
  return updated.count > 0;
}

/** Deletes the account. Its unsent messages fail when they are tried. @returns false when there is no such account */
export async function deleteAccount(ctx: Needs<'db'>, tenantId: string, id: string): Promise<boolean> {
  const [deleted] = await ctx.db.writeModels<[{ count: number }]>((models) => [
    models.account.deleteMany({ where: { tenantId, id } }),
  ]);
  return deleted.count > 0;
}

function toColumns(
  ctx: Needs<'secrets'>,
  settings: AccountSettings,
  now: bigint,
  isAdmin: boolean,
): Prisma.AccountUpdateManyMutationInput {
  const { user, ttl, limit_behavior, spread, on_in_doubt } = settings;
  const columns = {
    revision: randomUUID(),
    host: settings.host,
    port: settings.port,
    adminHost: isAdmin ? settings.host : undefined,
    adminPort: isAdmin ? settings.port : undefined,
    user: user === '' ? null : user,
    password: sealGiven(ctx, settings.password),
    useTls: settings.use_tls,
    ttl: ttl === null ? defaults.ttl : ttl,
    limitPerMinute: settings.limit_per_minute,
    limitPerHour: settings.limit_per_hour,
    limitPerDay: settings.limit_per_day,
    limitBehavior: limit_behavior === null ? defaults.limitBehavior : limit_behavior,
    spread: spread === null ? defaults.spread : spread,
    batchSize: settings.batch_size,
    onInDoubt: on_in_doubt === null ? defaults.onInDoubt : on_in_doubt,
    updatedAt: now,
  };
  return Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== undefined));
}
