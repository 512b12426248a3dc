// Stores the content of an attachment, once however often it comes. It is durable when the promise resolves.
import { randomUUID } from 'node:crypto';
import { Fault, reasonOf } from '../../errors.js';
import type { Needs } from '../context.js';
import { type Sql, sql } from '../db/sql.js';
import { int, onPostgres } from '../db/sql-parts.js';
import { rows, run } from '../db/transaction.js';
import { removeFile, writeFile } from './content-folder.js';

type ContentNeeds = Needs<'db' | 'clock' | 'config'>;

/**
 * How long a stored content is kept without a message. In this time its call stores the messages. When further calls bring
 * the same content, the time is extended only once half of it is over, so that most of these calls write nothing.
 */
const heldMs = 240_000;

/** The bytes of one piece. SQLite runs nothing else while it writes one. */
const pieceBytes = 256 * 1024;

interface NewContent {
  id: string;
  hash: string;
  size: number;
  place: 'database' | 'folder';
}

/**
 * @param hash SHA-256 of the bytes, hexadecimal
 * @returns the id by which messages name the content
 */
export async function putContent(ctx: ContentNeeds, hash: string, bytes: Buffer): Promise<string> {
  const known = await holdContent(ctx, hash);
  if (known !== undefined) return known;
  const size = bytes.length;
  const inFolder = ctx.db.kind === 'sqlite' && size > ctx.config.attachmentStoreThresholdKb * 1024;
  const content: NewContent = {
    id: randomUUID(),
    hash,
    size,
    place: inFolder ? 'folder' : 'database',
  };
  if (!inFolder && size <= pieceBytes)
    return finish(ctx, content, { begun: begin(ctx, content), piece: putPiece(content, 0, bytes) });
  // The row comes first. If this process dies here, the removal of unused contents finds the row and what is stored of it.
  await ctx.db.transaction({ begun: begin(ctx, content) });
  if (inFolder) await toFolder(ctx, content, bytes);
  else {
    for (let n = 0; n * pieceBytes < size; n++) {
      const piece = bytes.subarray(n * pieceBytes, (n + 1) * pieceBytes);
      await ctx.db.transaction({ piece: putPiece(content, n, piece) });
    }
  }
  return finish(ctx, content, {});
}

/** @returns its id; undefined when no such content is stored */
async function holdContent(ctx: ContentNeeds, hash: string): Promise<string | undefined> {
  const now = ctx.clock.now();
  const [found] = await ctx.db.query(
    rows<{ id: string; held: boolean | number | bigint }>(sql`
      SELECT id, CASE WHEN held_until >= ${now + heldMs / 2} THEN 1 ELSE 0 END AS held FROM attachment_contents WHERE hash = ${hash}`),
  );
  if (found === undefined || Number(found.held) === 1) return found?.id;
  const { held } = await ctx.db.transaction({ held: hold(hash, now) });
  return held[0]?.id;
}

function hold(hash: string, now: number) {
  return rows<{ id: string }>(
    sql`UPDATE attachment_contents SET held_until = ${now + heldMs} WHERE hash = ${hash} RETURNING id`,
  );
}

function begin({ clock }: ContentNeeds, { id, size, place }: NewContent) {
  return run(sql`INSERT INTO attachment_contents (id, size, place, held_until)
    VALUES (${id}, ${size}, ${place}, ${clock.now() + heldMs})`);
}

function putPiece({ id }: NewContent, n: number, piece: Buffer) {
  return run(sql`INSERT INTO attachment_pieces (content_id, n, data) VALUES (${id}, ${int(n)}, ${piece})`);
}

/** The database counts as away, so that the call is answered 503 and may be repeated. */
async function toFolder(ctx: ContentNeeds, { id }: NewContent, bytes: Buffer): Promise<void> {
  try {
    await writeFile(ctx, id, bytes);
  } catch (cause) {
    const sentence = `The content of an attachment cannot be stored in GMP_ATTACHMENT_STORE_DIR: ${reasonOf(cause)}`;
    throw new Fault('database_unavailable', sentence, { cause });
  }
}

/** The content gets its hash. If another call has stored the same meanwhile, that one is used and this one removed. */
async function finish(
  ctx: ContentNeeds,
  { id, hash, place }: NewContent,
  before: Record<string, ReturnType<typeof run>>,
): Promise<string> {
  const now = ctx.clock.now();
  const { other } = await ctx.db.transaction({
    lock: run(lockHash(hash)),
    ...before,
    other: hold(hash, now),
    named:
      run(sql`UPDATE attachment_contents SET hash = ${hash}, held_until = ${now + heldMs} WHERE id = ${id}
      AND NOT EXISTS (SELECT 1 FROM attachment_contents o WHERE o.hash = ${hash})`),
    redundant: run(sql`DELETE FROM attachment_contents WHERE id = ${id} AND hash IS NULL`),
  });
  const [used] = other;
  if (used === undefined) return id;
  if (place === 'folder') await removeFile(ctx, id);
  return used.id;
}

/** Two transactions that store the same content go one after the other. */
function lockHash(hash: string): Sql {
  return onPostgres(sql`SELECT pg_advisory_xact_lock(hashtext('attachment'), hashtext(${hash}))`);
}
