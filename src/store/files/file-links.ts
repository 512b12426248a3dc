// The links to large files: one for each file in each mail. They end by time, after a download, or when revoked.
import type { Needs } from '../context.js';
import { sql } from '../db/sql.js';
import { rowsOf } from '../db/sql-parts.js';
import { rows, run } from '../db/transaction.js';
import { placeOf, sealedSecrets } from '../secrets/sealed-secrets.js';
import { heldMs } from './large-files.js';

export interface FileLink {
  /** 32 hexadecimal digits. */
  id: string;
  filename: string;
  mimeType: string;
  size: number;
  /** As it stands in the mail. */
  url: string;
  /** What its tokens are signed with, base64. */
  key: string;
  expiresAt: number;
}

export interface LinkedMessage {
  tenantId: string;
  pk: string;
  id: string;
  revision: string;
}

interface LinkRow {
  n: number | bigint;
  id: string;
  filename: string;
  mimeType: string;
  size: bigint;
  secret: string;
  expiresAt: bigint;
}

/** The links of a message that are still valid at that time, by the places of their attachments. */
export async function findLinks(
  ctx: Needs<'db' | 'secrets'>,
  { pk, revision }: Pick<LinkedMessage, 'pk' | 'revision'>,
  at: number,
): Promise<Map<number, FileLink>> {
  const found = await ctx.db.query(
    rows<LinkRow>(sql`
      SELECT n, id, filename, mime_type AS "mimeType", size, secret, expires_at AS "expiresAt" FROM file_links
      WHERE message_pk = ${pk} AND revision = ${revision} AND revoked_at IS NULL AND expires_at > ${at}
        AND file_id IS NOT NULL`),
  );
  return new Map(found.map((row) => [Number(row.n), openLink(ctx, row)]));
}

function openLink(ctx: Needs<'secrets'>, { id, secret, ...row }: LinkRow): FileLink {
  const { filename, mimeType } = row;
  return {
    id,
    filename,
    mimeType,
    size: Number(row.size),
    expiresAt: Number(row.expiresAt),
    ...openSecret(ctx, id, secret),
  };
}

function openSecret(ctx: Needs<'secrets'>, id: string, sealed: string): Pick<FileLink, 'url' | 'key'> {
  return JSON.parse(ctx.secrets.open(sealed, placeOf(sealedSecrets.fileLink, id))) as Pick<
    FileLink,
    'url' | 'key'
  >;
}

/** Replaces an earlier link of the same attachment. @returns false when the file is being removed */
export async function putLink(
  ctx: Needs<'db' | 'clock' | 'secrets'>,
  message: LinkedMessage,
  n: number,
  fileId: string,
  { url, key, ...link }: FileLink,
): Promise<boolean> {
  const until = ctx.clock.now() + heldMs;
  const secret = ctx.secrets.seal(JSON.stringify({ url, key }), placeOf(sealedSecrets.fileLink, link.id));
  const row = rowsOf(
    {
      id: 'text',
      tenant: 'text',
      pk: 'text',
      message: 'text',
      revision: 'text',
      n: 'bigint',
      file: 'text',
      filename: 'text',
      type: 'text',
      size: 'bigint',
      secret: 'text',
      expires: 'bigint',
    },
    [
      {
        id: link.id,
        tenant: message.tenantId,
        pk: message.pk,
        message: message.id,
        revision: message.revision,
        n,
        file: fileId,
        filename: link.filename,
        type: link.mimeType,
        size: link.size,
        secret,
        expires: link.expiresAt,
      },
    ],
  );
  const { put } = await ctx.db.transaction({
    // A removal that comes at the same moment waits for this row, and then finds that it is held.
    held: run(sql`UPDATE large_files SET held_until = ${until} WHERE id = ${fileId} AND hash IS NOT NULL`),
    earlier: run(
      sql`DELETE FROM file_links WHERE message_pk = ${message.pk} AND revision = ${message.revision} AND n = ${n}`,
    ),
    put: run(sql`
      INSERT INTO file_links
        (id, tenant_id, message_pk, message_id, revision, n, file_id, filename, mime_type, size, secret, expires_at)
      SELECT j.id, j.tenant, j.pk, j.message, j.revision, j.n, j.file, j.filename, j.type, j.size, j.secret, j.expires
      FROM ${row} JOIN large_files f ON f.id = j.file AND f.hash IS NOT NULL AND f.stored_at IS NOT NULL`),
  });
  return put > 0;
}

/** What a download needs to know of its link. */
export interface OpenedLink extends FileLink {
  tenantId: string;
  isRevoked: boolean;
  /** The file, while it is in its storage. */
  file: { id: string; storageUrl: string; secret: string | null } | undefined;
  largeFileConfig: string | null;
  storageSecret: string | null;
}

interface OpenedRow extends LinkRow {
  tenantId: string;
  revoked: number | bigint;
  fileId: string | null;
  storageUrl: string | null;
  fileSecret: string | null;
  largeFileConfig: string | null;
  storageSecret: string | null;
}

/** Undefined when there is no such link, or its tenant is deleted. */
export async function findLink(ctx: Needs<'db' | 'secrets'>, id: string): Promise<OpenedLink | undefined> {
  const [row] = await ctx.db.query(
    rows<OpenedRow>(sql`
      SELECT l.n AS n, l.id AS id, l.filename AS filename, l.mime_type AS "mimeType", l.size AS size, l.secret AS secret,
        l.expires_at AS "expiresAt", l.tenant_id AS "tenantId", CASE WHEN l.revoked_at IS NULL THEN 0 ELSE 1 END AS revoked,
        f.id AS "fileId", f.storage_url AS "storageUrl", f.secret AS "fileSecret",
        t.large_file_config AS "largeFileConfig", t.storage_secret AS "storageSecret"
      FROM file_links l JOIN tenants t ON t.id = l.tenant_id AND t.deleted_at IS NULL
        LEFT JOIN large_files f ON f.id = l.file_id AND f.hash IS NOT NULL AND f.stored_at IS NOT NULL
      WHERE l.id = ${id}`),
  );
  if (row === undefined) return undefined;
  const { tenantId, fileId, storageUrl, fileSecret, largeFileConfig, storageSecret } = row;
  const file =
    fileId === null || storageUrl === null ? undefined : { id: fileId, storageUrl, secret: fileSecret };
  const isRevoked = Number(row.revoked) === 1;
  return { ...openLink(ctx, row), tenantId, isRevoked, file, largeFileConfig, storageSecret };
}

/**
 * A person downloads the file. From the first time on its lifespan counts.
 * @param lifespanMs undefined: it stays as long as without a download
 * @param heldUntil until when the file stays in any case, so that this download can end
 * @returns false when the link has ended meanwhile
 */
export async function noteDownload(
  ctx: Needs<'db' | 'clock'>,
  { id, file }: OpenedLink,
  lifespanMs: number | undefined,
  heldUntil: number,
): Promise<boolean> {
  const now = ctx.clock.now();
  const end = lifespanMs === undefined ? Number.MAX_SAFE_INTEGER : now + lifespanMs;
  const { noted } = await ctx.db.transaction({
    held: run(sql`UPDATE large_files SET held_until = ${heldUntil}
      WHERE id = ${file?.id ?? ''} AND hash IS NOT NULL AND held_until < ${heldUntil}`),
    noted: run(sql`
      UPDATE file_links SET
        expires_at = CASE WHEN downloaded_at IS NULL AND expires_at > ${end} THEN ${end} ELSE expires_at END,
        downloaded_at = COALESCE(downloaded_at, ${now})
      WHERE id = ${id} AND revoked_at IS NULL AND expires_at > ${now}
        AND EXISTS (SELECT 1 FROM large_files f WHERE f.id = file_links.file_id AND f.hash IS NOT NULL)`),
  });
  return noted > 0;
}

/** @param ids of messages, which may be gone @returns how many links were revoked */
export async function revokeLinks(
  ctx: Needs<'db' | 'clock'>,
  tenantId: string,
  ids: string[],
): Promise<number> {
  const named = rowsOf(
    { id: 'text' },
    ids.map((id) => ({ id })),
  );
  const { revoked } = await ctx.db.transaction({
    revoked: run(sql`UPDATE file_links SET revoked_at = ${ctx.clock.now()}
      WHERE tenant_id = ${tenantId} AND message_id IN (SELECT j.id FROM ${named}) AND revoked_at IS NULL`),
  });
  return revoked;
}

/** Removes links that have ended, once their message is gone: until then it shows that it had one. @returns how many */
export async function removeOldLinks(ctx: Needs<'db' | 'clock'>, limit: number): Promise<number> {
  const { removed } = await ctx.db.transaction({
    removed: run(sql`
      DELETE FROM file_links WHERE id IN (
        SELECT l.id FROM file_links l WHERE (l.expires_at <= ${ctx.clock.now()} OR l.revoked_at IS NOT NULL
            OR NOT EXISTS (SELECT 1 FROM tenants t WHERE t.id = l.tenant_id AND t.deleted_at IS NULL))
          AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.pk = l.message_pk)
        LIMIT ${limit})`),
  });
  return removed;
}
