// The row of the installation itself: its id, its generated admin token, and the proof that the encryption key fits.
import { randomUUID } from 'node:crypto';
import { hashToken, newToken } from '../../secrets.js';
import type { Needs } from '../context.js';
import { sql } from '../db/sql.js';
import { run } from '../db/transaction.js';
import { placeOf, sealedSecrets } from '../secrets/sealed-secrets.js';

/** Sealed with the key at the first start. A key that opens it is the key of this database. */
const knownText = 'mail-proxy';
const keyCheckPlace = placeOf(sealedSecrets.keyCheck, '1');

/**
 * Creates the row at the first start, with an id, a proof of the encryption key and the initial settings. Later starts
 * check the key.
 * @returns the id, by which Redis tells installations apart
 * @throws Fault `wrong_encryption_key`
 */
export async function openInstance(ctx: Needs<'db' | 'config' | 'clock' | 'secrets'>): Promise<string> {
  const { config } = ctx;
  const keyCheck = ctx.secrets.seal(knownText, keyCheckPlace);
  const createdAt = BigInt(ctx.clock.now());
  const password =
    config.bounceImapPassword === undefined
      ? null
      : ctx.secrets.seal(config.bounceImapPassword, placeOf(sealedSecrets.bouncePassword, '1'));
  await ctx.db.transaction({
    created: run(sql`INSERT INTO instance (id, uid, key_check, created_at, bounce_enabled, bounce_imap_host,
        bounce_imap_port, bounce_imap_user, bounce_imap_password, bounce_imap_folder, bounce_imap_ssl,
        bounce_poll_interval, bounce_return_path)
      VALUES (1, ${randomUUID()}, ${keyCheck}, ${createdAt}, ${config.bounceEnabled}, ${config.bounceImapHost ?? null},
        ${config.bounceImapPort}, ${config.bounceImapUser ?? null}, ${password}, ${config.bounceImapFolder},
        ${config.bounceImapSsl}, ${config.bouncePollInterval}, ${config.bounceReturnPath ?? null})
      ON CONFLICT (id) DO NOTHING`),
  });
  const known = await ctx.db.read.instance.findUniqueOrThrow({ where: { id: 1 } });
  if (known.keyCheck !== null) ctx.secrets.open(known.keyCheck, keyCheckPlace);
  return known.uid;
}

/**
 * Generates the admin token, unless `GMP_API_TOKEN` is set or an earlier start has generated one. It comes last of what may
 * fail: a refused start must not generate a token that no operator ever sees.
 * @returns the token if this call generated it; it is never shown again
 */
export async function makeAdminToken(ctx: Needs<'db' | 'config'>): Promise<string | undefined> {
  if (ctx.config.apiToken !== undefined) return undefined;
  const token = newToken();
  const { made } = await ctx.db.transaction({
    made: run(sql`UPDATE instance SET admin_token_hash = ${hashToken(token)} WHERE admin_token_hash IS NULL`),
  });
  return made > 0 ? token : undefined;
}

/** The SHA-256 of the stored admin token in hexadecimal; null when `GMP_API_TOKEN` has always been set. */
export async function findAdminTokenHash(ctx: Needs<'db'>): Promise<string | null> {
  const instance = await ctx.db.read.instance.findUnique({
    where: { id: 1 },
    select: { adminTokenHash: true },
  });
  return instance?.adminTokenHash ?? null;
}

/** Whether a start has used this database before, so that there must be an encryption key for it. */
export async function isInstalled(ctx: Needs<'db'>): Promise<boolean> {
  return (await ctx.db.read.instance.count()) > 0;
}
