// Tokens of tenants: only their SHA-256 is kept.
import type { Needs } from '../context.js';
import { hashToken, newToken } from '../secrets.js';

/** The tenant a token belongs to; undefined when it is unknown or has expired. */
export async function findTenantOfToken(
  ctx: Needs<'db' | 'clock'>,
  hash: string,
): Promise<string | undefined> {
  const token = await ctx.db.read.tenantToken.findUnique({ where: { hash } });
  if (token === null || (token.expiresAt !== null && Number(token.expiresAt) <= ctx.clock.now()))
    return undefined;
  return token.tenantId;
}

/**
 * Gives the tenant a new token in place of those it had, which end at once.
 * @param expiresAt milliseconds since the epoch; null: never
 * @returns the token, the only time it is seen; undefined when there is no such tenant
 */
export async function replaceToken(
  ctx: Needs<'db' | 'clock'>,
  tenantId: string,
  expiresAt: number | null,
): Promise<string | undefined> {
  const token = newToken();
  const hash = hashToken(token);
  const now = BigInt(ctx.clock.now());
  const until = expiresAt === null ? null : BigInt(expiresAt);
  const [, added] = await ctx.db.write<[{ count: number }, number]>((client) => [
    client.tenantToken.deleteMany({ where: { tenantId } }),
    client.$executeRaw`INSERT INTO tenant_tokens (hash, tenant_id, expires_at, created_at)
      SELECT ${hash}, t.id, CAST(${until} AS BIGINT), ${now} FROM tenants t WHERE t.id = ${tenantId}`,
  ]);
  return added > 0 ? token : undefined;
}

/** Ends all tokens of the tenant. @returns false when there is no such tenant */
export async function revokeTokens(ctx: Needs<'db'>, tenantId: string): Promise<boolean> {
  await ctx.db.write((client) => [client.tenantToken.deleteMany({ where: { tenantId } })]);
  return (await ctx.db.read.tenant.count({ where: { id: tenantId } })) > 0;
}
