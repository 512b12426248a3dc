// Tokens of tenants. Only their SHA-256 is stored, and each has a name by which it is replaced and revoked.

import { isoSeconds, toUnixSeconds } from '../../clock.js';
import { hashToken, newToken } from '../../secrets.js';
import type { Needs } from '../context.js';
import { bytesOf, type Hold, holdNothing, type PageAsked, readPageOf } from '../db/cut-at-bytes.js';
import { empty, type Sql, sql } from '../db/sql.js';
import { rows, run } from '../db/transaction.js';
import { withoutNulls } from '../db/without-nulls.js';
import type { TenantToken } from '../generated/sqlite/client.js';

/** The name of a token that was created without one. */
export const defaultTokenName = 'default';

export interface KnownToken {
  tenantId: string;
  name: string;
  hash: string;
  /** Milliseconds since the epoch, accurate to a minute. */
  lastUsedAt: number | null;
}

/**
 * The token with this hash; undefined when it is unknown or has expired. The timing of the index may reveal hashes, but a
 * hash does not reveal its token.
 */
export async function findToken(ctx: Needs<'db' | 'clock'>, hash: string): Promise<KnownToken | undefined> {
  const [token] = await ctx.db.query(
    rows<TokenRow>(sql`
      SELECT k.tenant_id, k.name, k.expires_at, k.last_used_at
      FROM tenant_tokens k JOIN tenants t ON t.id = k.tenant_id
      WHERE k.hash = ${hash} AND t.deleted_at IS NULL`),
  );
  if (token === undefined || (token.expires_at !== null && Number(token.expires_at) <= ctx.clock.now()))
    return undefined;
  const { tenant_id: tenantId, name, last_used_at: lastUsedAt } = token;
  return { tenantId, name, hash, lastUsedAt: lastUsedAt === null ? null : Number(lastUsedAt) };
}

interface TokenRow {
  tenant_id: string;
  name: string;
  expires_at: bigint | null;
  last_used_at: bigint | null;
}

interface NewToken {
  /** Replaces only the token of this name. Undefined: replaces all tokens of the tenant, and gets the default name. */
  name: string | undefined;
  /** Milliseconds since the epoch; null: never expires. */
  expiresAt: number | null;
  /** The SHA-256 of a token that the application has already, hexadecimal. Undefined: a new token is made. */
  hash?: string | undefined;
}

/**
 * Gives the tenant a token. The token that it replaces ends at once.
 * @returns the token if it is new, which is never shown again; undefined when there is no such tenant
 */
export async function replaceToken(
  ctx: Needs<'db' | 'clock'>,
  tenantId: string,
  { name, expiresAt, hash: given }: NewToken,
): Promise<{ token: string | undefined } | undefined> {
  const token = newToken();
  const hash = given ?? hashToken(token);
  const { added } = await ctx.db.transaction({
    ended: run(endTokens(tenantId, name)),
    added: run(sql`INSERT INTO tenant_tokens (hash, tenant_id, name, expires_at, created_at)
      SELECT ${hash}, t.id, ${name ?? defaultTokenName}, ${expiresAt}, ${ctx.clock.now()}
      FROM tenants t WHERE t.id = ${tenantId} AND t.deleted_at IS NULL
      ON CONFLICT (tenant_id, name) DO UPDATE SET hash = excluded.hash, expires_at = excluded.expires_at,
        created_at = excluded.created_at, last_used_at = NULL`),
  });
  return added > 0 ? { token: given === undefined ? token : undefined } : undefined;
}

/**
 * Revokes the token of this name, or without a name all tokens of the tenant.
 * @returns which of the two does not exist; undefined: neither is missing
 */
export async function revokeTokens(
  ctx: Needs<'db'>,
  tenantId: string,
  name: string | undefined,
): Promise<'no_tenant' | 'no_token' | undefined> {
  const { ended } = await ctx.db.transaction({ ended: run(endTokens(tenantId, name)) });
  if (ended > 0) return undefined;
  if ((await ctx.db.read.tenant.count({ where: { id: tenantId, deletedAt: null } })) === 0)
    return 'no_tenant';
  return name === undefined ? undefined : 'no_token';
}

/**
 * The tenant's tokens in order of name, without token and hash; undefined when there is no such tenant.
 * @param hold is awaited before as many bytes are read
 */
export async function listTokens(
  ctx: Needs<'db'>,
  tenantId: string,
  asked: PageAsked,
  hold: Hold = holdNothing,
) {
  if ((await ctx.db.read.tenant.count({ where: { id: tenantId, deletedAt: null } })) === 0) return undefined;
  const { limit, after = '' } = asked;
  const sizes = await ctx.db.query(
    rows<{ bytes: number | bigint }>(sql`
      SELECT ${bytesOf('name')} AS bytes FROM tenant_tokens
      WHERE tenant_id = ${tenantId} AND name > ${after} ORDER BY name LIMIT ${limit + 1}`),
  );
  const page = { where: { tenantId, name: { gt: after } }, orderBy: { name: 'asc' } } as const;
  const read = async (take: number) =>
    (await ctx.db.read.tenantToken.findMany({ ...page, omit: { hash: true }, take })).map(showToken);
  return readPageOf(sizes, asked, hold, read, ({ name }) => name);
}

function showToken({ name, createdAt, expiresAt, lastUsedAt }: Omit<TenantToken, 'hash'>) {
  return withoutNulls({
    name,
    created_at: isoSeconds(createdAt),
    expires_at: expiresAt === null ? null : toUnixSeconds(Number(expiresAt)),
    last_used_ts: lastUsedAt === null ? null : toUnixSeconds(Number(lastUsedAt)),
  });
}

function endTokens(tenantId: string, name: string | undefined): Sql {
  const named = name === undefined ? empty : sql`AND name = ${name}`;
  return sql`DELETE FROM tenant_tokens WHERE tenant_id = ${tenantId} ${named}`;
}
