// Tokens of tenants: only their SHA-256 is kept.
import type { Needs } from '../context.js';

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
