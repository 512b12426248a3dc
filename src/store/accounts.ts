// SMTP accounts of tenants. The password is sealed before it is stored.
import { randomUUID } from 'node:crypto';
import type { Config } from '../config.js';
import type { Needs } from '../context.js';
import type { Account } from './generated/sqlite/client.js';

export interface AccountInput {
  id: string;
  tenant_id: string;
  host: string;
  port: number;
  user?: string | null | undefined;
  password?: string | null | undefined;
  use_tls?: boolean | null | undefined;
  ttl: number;
  limit_per_minute?: number | null | undefined;
  limit_per_hour?: number | null | undefined;
  limit_per_day?: number | null | undefined;
  limit_behavior: 'defer' | 'reject';
  batch_size?: number | null | undefined;
  on_in_doubt: 'resend' | 'hold';
}

/** What sending needs to know of an account. */
export interface SendingAccount {
  host: string;
  port: number;
  user: string | undefined;
  password: string | undefined;
  useTls: boolean | undefined;
  /** Seconds a connection is used for at most. */
  ttl: number;
  /** Messages sent over one connection at most; undefined: no such bound. */
  batchSize: number | undefined;
  /** Changes whenever the account does: a connection opened for another version is not used. */
  version: string;
}

/** Creates the account or replaces it. The tenant must exist. */
export async function putAccount(ctx: Needs<'db' | 'clock' | 'secrets'>, input: AccountInput): Promise<void> {
  const now = BigInt(ctx.clock.now());
  const key = { tenantId: input.tenant_id, id: input.id };
  const data = {
    revision: randomUUID(),
    host: input.host,
    port: input.port,
    user: input.user ?? null,
    password: input.password ? ctx.secrets.seal(input.password) : null,
    useTls: input.use_tls ?? null,
    ttl: input.ttl,
    limitPerMinute: input.limit_per_minute ?? null,
    limitPerHour: input.limit_per_hour ?? null,
    limitPerDay: input.limit_per_day ?? null,
    limitBehavior: input.limit_behavior,
    batchSize: input.batch_size ?? null,
    onInDoubt: input.on_in_doubt,
    updatedAt: now,
  };
  await ctx.db.write((client) => [
    client.account.upsert({
      where: { tenantId_id: key },
      create: { ...key, ...data, createdAt: now },
      update: data,
    }),
  ]);
}

/** No id: the instance's default SMTP settings. */
export interface AccountKey {
  tenantId: string;
  accountId: string | null;
}

/** The accounts as they are now, in the order of the keys; undefined where there is none of that name. */
export async function findSendingAccounts(
  ctx: Needs<'db' | 'secrets' | 'config'>,
  keys: AccountKey[],
): Promise<(SendingAccount | undefined)[]> {
  const wanted = new Map<string, { tenantId: string; id: string }>();
  for (const { tenantId, accountId } of keys) {
    if (accountId !== null) wanted.set(`${tenantId}\n${accountId}`, { tenantId, id: accountId });
  }
  const rows =
    wanted.size === 0 ? [] : await ctx.db.read.account.findMany({ where: { OR: [...wanted.values()] } });
  const found = new Map(rows.map((row) => [`${row.tenantId}\n${row.id}`, toSending(ctx, row)]));
  return keys.map(({ tenantId, accountId }) =>
    accountId === null ? instanceAccount(ctx.config) : found.get(`${tenantId}\n${accountId}`),
  );
}

function toSending(ctx: Needs<'secrets'>, account: Account): SendingAccount {
  return {
    host: account.host,
    port: account.port,
    user: account.user ?? undefined,
    password: account.password === null ? undefined : ctx.secrets.open(account.password),
    useTls: account.useTls ?? undefined,
    ttl: account.ttl,
    batchSize: account.batchSize ?? undefined,
    version: account.revision,
  };
}

/** GMP_SMTP_HOST and its companions, for tenants without an account; undefined when they are not set. */
export function instanceAccount(config: Config): SendingAccount | undefined {
  if (config.smtpHost === undefined) return undefined;
  return {
    host: config.smtpHost,
    port: config.smtpPort,
    user: config.smtpUser,
    password: config.smtpPassword,
    useTls: config.smtpUseTls,
    ttl: 300,
    batchSize: undefined,
    version: 'settings',
  };
}

/** The account for messages of this tenant that name none: the one called `default`, else its only one; null: none. */
export async function findDefaultAccount(ctx: Needs<'db'>, tenantId: string): Promise<string | null> {
  const accounts = await ctx.db.read.account.findMany({ where: { tenantId }, select: { id: true }, take: 2 });
  if (accounts.length === 1) return accounts[0]?.id ?? null;
  const named = await ctx.db.read.account.count({ where: { tenantId, id: 'default' } });
  return named > 0 ? 'default' : null;
}

/** The ids of a tenant's accounts. */
export async function accountIds(ctx: Needs<'db'>, tenantId: string): Promise<string[]> {
  const accounts = await ctx.db.read.account.findMany({ where: { tenantId }, select: { id: true } });
  return accounts.map(({ id }) => id);
}
