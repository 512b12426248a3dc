// The installation itself: its generated admin token and the proof that the encryption key fits the database.
import type { Needs } from '../context.js';
import { hashToken, newToken } from '../secrets.js';

const knownText = 'mail-proxy';

/**
 * Makes sure the database knows this installation: once, the encryption key and, without `GMP_API_TOKEN`, an admin
 * token of its own.
 * @returns the token when this call made it: the only time it is ever seen
 * @throws Fault `wrong_encryption_key`
 */
export async function openInstance(
  ctx: Needs<'db' | 'config' | 'clock' | 'secrets'>,
): Promise<{ adminTokenHash: string; newAdminToken: string | undefined }> {
  const token = newToken();
  const given = ctx.config.apiToken;
  const keyCheck = ctx.secrets.seal(knownText);
  const createdAt = BigInt(ctx.clock.now());
  await ctx.db.write((client) => [
    client.$executeRaw`INSERT INTO instance (id, key_check, created_at) VALUES (1, ${keyCheck}, ${createdAt})
      ON CONFLICT (id) DO NOTHING`,
  ]);
  const known = await ctx.db.read.instance.findUniqueOrThrow({ where: { id: 1 } });
  if (known.keyCheck !== null) ctx.secrets.open(known.keyCheck);
  if (given !== undefined) return { adminTokenHash: hashToken(given), newAdminToken: undefined };
  // Only once the key has proved right: a start that is refused shows nobody the token it would have made.
  await ctx.db.write((client) => [
    client.$executeRaw`UPDATE instance SET admin_token_hash = ${hashToken(token)} WHERE admin_token_hash IS NULL`,
  ]);
  const { adminTokenHash: kept } = await ctx.db.read.instance.findUniqueOrThrow({ where: { id: 1 } });
  const adminTokenHash = kept ?? '';
  return { adminTokenHash, newAdminToken: adminTokenHash === hashToken(token) ? token : undefined };
}

/** Whether this database has had an encryption key before. */
export async function isInstalled(ctx: Needs<'db'>): Promise<boolean> {
  return (await ctx.db.read.instance.count()) > 0;
}
