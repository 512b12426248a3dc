// Large files in the storages of tenants: who uploads one, that it is there, and when it goes.
import type { StorageLogin } from '../../domain/large-file/config.js';
import type { Needs } from '../context.js';
import { sql } from '../db/sql.js';
import { rows, run } from '../db/transaction.js';
import { placeOf, sealedSecrets } from '../secrets/sealed-secrets.js';
import { openStorageLogin, readLargeFileConfig } from '../tenants/storage-secret.js';

/**
 * How long a file stays that no link names: while it is uploaded, and from then on until its link is stored. An upload
 * extends it; when an upload has died, another one may begin after this time.
 */
export const heldMs = 240_000;

export interface NewFile {
  id: string;
  tenantId: string;
  /** SHA-256, hexadecimal. */
  hash: string;
  size: number;
  storageUrl: string;
  login: StorageLogin | undefined;
  /** Names the upload. */
  uploader: string;
}

interface FileRow {
  id: string;
  uploader: string;
  stored: number | bigint;
}

/**
 * Finds the file with this content, or has this upload begin.
 * @returns `mine`: this upload has to put it there; `others`: another one is doing so
 */
export async function claimFile(
  ctx: Needs<'db' | 'clock' | 'secrets'>,
  { id, tenantId, hash, size, storageUrl, login, uploader }: NewFile,
): Promise<{ kind: 'stored' | 'mine' | 'others'; id: string } | undefined> {
  const now = ctx.clock.now();
  const until = now + heldMs;
  const secret = login === undefined ? null : ctx.secrets.seal(JSON.stringify(login), placeOfLogin(id));
  const same = sql`tenant_id = ${tenantId} AND hash = ${hash} AND storage_url = ${storageUrl}`;
  const { found } = await ctx.db.transaction({
    begun: run(sql`
      INSERT INTO large_files (id, tenant_id, hash, size, storage_url, secret, uploader, held_until)
      VALUES (${id}, ${tenantId}, ${hash}, ${size}, ${storageUrl}, ${secret}, ${uploader}, ${until})
      ON CONFLICT (tenant_id, hash, storage_url) DO NOTHING`),
    takenOver: run(sql`
      UPDATE large_files SET uploader = ${uploader}, held_until = ${until}
      WHERE ${same} AND stored_at IS NULL AND (held_until <= ${now} OR uploader = ${uploader})`),
    held: run(
      sql`UPDATE large_files SET held_until = ${until} WHERE ${same} AND stored_at IS NOT NULL AND held_until < ${until}`,
    ),
    found: rows<FileRow>(sql`
      SELECT id, uploader, CASE WHEN stored_at IS NULL THEN 0 ELSE 1 END AS stored FROM large_files WHERE ${same}`),
  });
  const [file] = found;
  if (file === undefined) return undefined;
  const kind = Number(file.stored) === 1 ? 'stored' : file.uploader === uploader ? 'mine' : 'others';
  return { kind, id: file.id };
}

/** An upload goes on. @returns false when it is no longer this one's to finish */
export async function renewUpload(
  ctx: Needs<'db' | 'clock'>,
  { id, uploader }: Pick<NewFile, 'id' | 'uploader'>,
): Promise<boolean> {
  const { renewed } = await ctx.db.transaction({
    renewed: run(sql`UPDATE large_files SET held_until = ${ctx.clock.now() + heldMs}
      WHERE id = ${id} AND uploader = ${uploader} AND hash IS NOT NULL`),
  });
  return renewed > 0;
}

/** The file is in its storage. @returns false when it was given up meanwhile */
export async function markStored(ctx: Needs<'db' | 'clock'>, id: string): Promise<boolean> {
  const now = ctx.clock.now();
  const { stored } = await ctx.db.transaction({
    stored: run(sql`UPDATE large_files SET stored_at = ${now}, held_until = ${now + heldMs}
      WHERE id = ${id} AND hash IS NOT NULL`),
  });
  return stored > 0;
}

/** The upload has failed; the next one may begin at once. */
export async function giveUpUpload(
  ctx: Needs<'db'>,
  { id, uploader }: Pick<NewFile, 'id' | 'uploader'>,
): Promise<void> {
  await ctx.db.transaction({
    given: run(sql`UPDATE large_files SET held_until = 0
      WHERE id = ${id} AND uploader = ${uploader} AND stored_at IS NULL`),
  });
}

/** The file has vanished from its storage, so that it has to be put there again. */
export async function markMissing(ctx: Needs<'db'>, id: string): Promise<void> {
  await ctx.db.transaction({
    missing: run(
      sql`UPDATE large_files SET stored_at = NULL, held_until = 0 WHERE id = ${id} AND stored_at IS NOT NULL`,
    ),
  });
}

export interface FileToRemove {
  id: string;
  tenantId: string;
  storageUrl: string;
  secret: string | null;
}

/**
 * Files that no valid link names. From then on no new link can name them, because they have no hash. A file whose removal
 * broke off is given again.
 */
export async function takeFilesToRemove(
  ctx: Needs<'db' | 'clock'>,
  after: string,
  limit: number,
): Promise<FileToRemove[]> {
  const now = ctx.clock.now();
  const valid = sql`SELECT 1 FROM file_links l WHERE l.file_id = f.id AND l.revoked_at IS NULL AND l.expires_at > ${now}
    AND EXISTS (SELECT 1 FROM tenants t WHERE t.id = l.tenant_id AND t.deleted_at IS NULL)`;
  const ids = await ctx.db.query(
    rows<{ id: string }>(sql`
      SELECT f.id AS id FROM large_files f WHERE f.id > ${after} AND f.held_until <= ${now} AND NOT EXISTS (${valid})
      ORDER BY f.id LIMIT ${limit}`),
  );
  const taken: FileToRemove[] = [];
  for (const { id } of ids) {
    const { gone } = await ctx.db.transaction({
      gone: rows<FileToRemove>(sql`
        UPDATE large_files AS f SET hash = NULL WHERE f.id = ${id} AND f.held_until <= ${now} AND NOT EXISTS (${valid})
        RETURNING id, tenant_id AS "tenantId", storage_url AS "storageUrl", secret`),
    });
    taken.push(...gone);
  }
  return taken;
}

/** The file is gone from its storage. */
export async function forgetFile(ctx: Needs<'db'>, id: string): Promise<void> {
  await ctx.db.transaction({ forgotten: run(sql`DELETE FROM large_files WHERE id = ${id}`) });
}

/**
 * The login of a file's storage. That of the tenant comes first, because it may have been replaced since the upload; where
 * the tenant has another storage by now, or is gone, it is the one of the upload.
 * @throws Fault `wrong_encryption_key`
 */
export function openFileLogin(
  ctx: Needs<'secrets'>,
  { id, storageUrl, secret }: Pick<FileToRemove, 'id' | 'storageUrl' | 'secret'>,
  tenant: Parameters<typeof openStorageLogin>[1] | null,
): StorageLogin | undefined {
  if (tenant !== null && readLargeFileConfig(tenant).storage_url === storageUrl)
    return openStorageLogin(ctx, tenant);
  return secret === null
    ? undefined
    : (JSON.parse(ctx.secrets.open(secret, placeOfLogin(id))) as StorageLogin);
}

function placeOfLogin(id: string): string[] {
  return placeOf(sealedSecrets.fileLogin, id);
}
