// Tokens of tenants: only their SHA-256 is kept, and each has a name by which it is replaced and ended.
import { isoSeconds, toUnixSeconds } from '../../clock.js';
import { hashToken, newToken } from '../../secrets.js';
import type { Needs } from '../context.js';
import type { Client } from '../db/open.js';
import { withoutNulls } from '../db/without-nulls.js';

/** The name of a token that was given none. */
export const defaultTokenName = 'default';

export interface KnownToken {
  tenantId: string;
  name: string;
  hash: string;
  /** Milliseconds since the epoch, to the minute. */
  lastUsedAt: number | null;
}

/**
 * The token with this hash; undefined when it is unknown or has expired. An index may tell by its timing about hashes,
 * but nobody can make a token of a hash.
 */
export async function findToken(ctx: Needs<'db' | 'clock'>, hash: string): Promise<KnownToken | undefined> {
  const token = await ctx.db.read.tenantToken.findUnique({ where: { hash } });
  if (token === null || (token.expiresAt !== null && Number(token.expiresAt) <= ctx.clock.now()))
    return undefined;
  const { tenantId, name, lastUsedAt } = token;
  return { tenantId, name, hash, lastUsedAt: lastUsedAt === null ? null : Number(lastUsedAt) };
}

export interface NewToken {
  /** Takes the place of the token of that name only; undefined: of all the tenant has, under the default name. */
  name: string | undefined;
  /** Milliseconds since the epoch; null: never. */
  expiresAt: number | null;
}

/**
 * Gives the tenant a new token; the one it takes the place of ends at once.
 * @returns the token, the only time it is seen; undefined when there is no such tenant
 */
export async function replaceToken(
  ctx: Needs<'db' | 'clock'>,
  tenantId: string,
  { name, expiresAt }: NewToken,
): Promise<string | undefined> {
  const token = newToken();
  const hash = hashToken(token);
  const now = BigInt(ctx.clock.now());
  const until = expiresAt === null ? null : BigInt(expiresAt);
  const [, added] = await ctx.db.write<[{ count: number }, number]>((client) => [
    endTokens(client, tenantId, name),
    client.$executeRaw`INSERT INTO tenant_tokens (hash, tenant_id, name, expires_at, created_at)
      SELECT ${hash}, t.id, ${name ?? defaultTokenName}, CAST(${until} AS BIGINT), ${now}
      FROM tenants t WHERE t.id = ${tenantId}
      ON CONFLICT (tenant_id, name) DO UPDATE SET hash = excluded.hash, expires_at = excluded.expires_at,
        created_at = excluded.created_at, last_used_at = NULL`,
  ]);
  return added > 0 ? token : undefined;
}

/**
 * Ends the token of this name, or without a name all of the tenant's.
 * @returns what was not there, if anything
 */
export async function revokeTokens(
  ctx: Needs<'db'>,
  tenantId: string,
  name: string | undefined,
): Promise<'no_tenant' | 'no_token' | undefined> {
  const [{ count }] = await ctx.db.write<[{ count: number }]>((client) => [
    endTokens(client, tenantId, name),
  ]);
  if (count > 0) return undefined;
  if ((await ctx.db.read.tenant.count({ where: { id: tenantId } })) === 0) return 'no_tenant';
  return name === undefined ? undefined : 'no_token';
}

/** The tenant's tokens by name, as they are shown: neither token nor hash. Undefined when there is no such tenant. */
export async function listTokens(
  ctx: Needs<'db'>,
  tenantId: string,
): Promise<Record<string, unknown>[] | undefined> {
  const tenant = await ctx.db.read.tenant.findUnique({
    where: { id: tenantId },
    select: { tokens: { orderBy: { name: 'asc' }, omit: { hash: true } } },
  });
  return tenant?.tokens.map(({ name, createdAt, expiresAt, lastUsedAt }) =>
    withoutNulls({
      name,
      created_at: isoSeconds(createdAt),
      expires_at: expiresAt === null ? null : toUnixSeconds(Number(expiresAt)),
      last_used_ts: lastUsedAt === null ? null : toUnixSeconds(Number(lastUsedAt)),
    }),
  );
}

function endTokens(client: Client, tenantId: string, name: string | undefined) {
  return client.tenantToken.deleteMany({ where: { tenantId, ...(name !== undefined && { name }) } });
}
