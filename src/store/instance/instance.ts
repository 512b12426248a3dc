// The row of the installation itself: its id, its generated admin token, and the proof that the encryption key fits.
import { randomUUID } from 'node:crypto';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { Fault, reasonOf } from '../../errors.js';
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
        bounce_imap_starttls, bounce_after_reading, bounce_move_folder, bounce_poll_interval, bounce_return_path)
      VALUES (1, ${randomUUID()}, ${keyCheck}, ${createdAt}, ${config.bounceEnabled}, ${config.bounceImapHost ?? null},
        ${config.bounceImapPort}, ${config.bounceImapUser ?? null}, ${password}, ${config.bounceImapFolder},
        ${config.bounceImapSsl}, ${config.bounceImapStarttls}, ${config.bounceAfterReading}, ${config.bounceMoveFolder},
        ${config.bouncePollInterval}, ${config.bounceReturnPath ?? null})
      ON CONFLICT (id) DO NOTHING`),
  });
  const known = await ctx.db.read.instance.findUniqueOrThrow({ where: { id: 1 } });
  if (known.keyCheck !== null) ctx.secrets.open(known.keyCheck, keyCheckPlace);
  return known.uid;
}

/**
 * Generates the admin token, unless `GMP_API_TOKEN` is set or an earlier start has generated one. It comes last of what may
 * fail: a refused start must not generate a token that no operator ever sees.
 * The token is in the file before it is in the database, so that no token is lost.
 * @returns the token and its file if this call generated it
 * @throws Fault `bad_settings` when the file cannot be written
 */
export async function makeAdminToken(
  ctx: Needs<'db' | 'config'>,
): Promise<{ token: string; file: string } | undefined> {
  if (ctx.config.apiToken !== undefined || (await findAdminTokenHash(ctx)) !== null) return undefined;
  const token = newToken();
  const { dbPath, adminTokenFile } = ctx.config;
  const file = adminTokenFile ?? `${ctx.db.kind === 'sqlite' ? dbPath : './mail_service'}.admin-token`;
  const own = writeToken(file, token);
  const { made } = await ctx.db.transaction({
    made: run(sql`UPDATE instance SET admin_token_hash = ${hashToken(token)} WHERE admin_token_hash IS NULL`),
  });
  // Of several processes that start at once, only that whose token counts leaves its file.
  if (made > 0) renameSync(own, file);
  else rmSync(own);
  return made > 0 ? { token, file } : undefined;
}

/** @returns the file that was written, under a name of this process */
function writeToken(path: string, token: string): string {
  const own = `${path}.${randomUUID()}`;
  try {
    writeFileSync(own, `${token}\n`, { mode: 0o600, flag: 'wx', flush: true });
  } catch (cause) {
    throw new Fault('bad_settings', `GMP_ADMIN_TOKEN_FILE ${path} cannot be written: ${reasonOf(cause)}`, {
      cause,
    });
  }
  return own;
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
