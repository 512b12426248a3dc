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

interface ContentRow {
  id: string;
  hash: string;
  size: number;
  place: 'database' | 'folder';
}

interface NewContent {
  /** SHA-256, hexadecimal. */
  hash: string;
  size: number;
  /** Gives `size` bytes. */
  read(): AsyncIterable<Buffer>;
}

/** @returns the id by which messages name the content */
export async function putContent(ctx: ContentNeeds, { hash, size, read }: NewContent): Promise<string> {
  const known = await holdContent(ctx, hash);
  if (known !== undefined) return known;
  const inFolder = ctx.db.kind === 'sqlite' && size > ctx.config.attachmentStoreThresholdKb * 1024;
  const place = inFolder ? 'folder' : 'database';
  const content: ContentRow = { id: randomUUID(), hash, size, place };
  if (!inFolder && size <= pieceBytes) {
    const blocks: Buffer[] = [];
    for await (const block of read()) blocks.push(block);
    const piece = putPiece(content, 0, Buffer.concat(blocks));
    return finish(ctx, content, { begun: begin(ctx, content), piece });
  }
  // The row comes first. If this process dies here, the removal of unused contents finds the row and what is stored of it.
  await ctx.db.transaction({ begun: begin(ctx, content) });
  if (inFolder) await toFolder(ctx, content, read());
  else {
    let n = 0;
    for await (const piece of inPieces(read()))
      await ctx.db.transaction({ piece: putPiece(content, n++, piece) });
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

function begin({ clock }: ContentNeeds, { id, size, place }: ContentRow) {
  return run(sql`INSERT INTO attachment_contents (id, size, place, held_until)
    VALUES (${id}, ${size}, ${place}, ${clock.now() + heldMs})`);
}

function putPiece({ id }: ContentRow, n: number, piece: Buffer) {
  return run(sql`INSERT INTO attachment_pieces (content_id, n, data) VALUES (${id}, ${int(n)}, ${piece})`);
}

async function* inPieces(blocks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let waiting: Buffer = Buffer.alloc(0);
  for await (const block of blocks) {
    waiting = Buffer.concat([waiting, block]);
    for (; waiting.length >= pieceBytes; waiting = waiting.subarray(pieceBytes))
      yield waiting.subarray(0, pieceBytes);
  }
  if (waiting.length > 0) yield waiting;
}

/** The database counts as away, so that the call is answered 503 and may be repeated. */
async function toFolder(ctx: ContentNeeds, { id }: ContentRow, blocks: AsyncIterable<Buffer>): Promise<void> {
  try {
    await writeFile(ctx, id, blocks);
  } catch (cause) {
    const sentence = `The content of an attachment cannot be stored in GMP_ATTACHMENT_STORE_DIR: ${reasonOf(cause)}`;
    throw new Fault('database_unavailable', sentence, { cause });
  }
}

/** The content gets its hash. If another call has stored the same meanwhile, that one is used and this one removed. */
async function finish(
  ctx: ContentNeeds,
  { id, hash, place }: ContentRow,
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
