// Finds the stored attachments of a message, and reads their contents piece by piece.
import { Fault } from '../../errors.js';
import type { Needs } from '../context.js';
import { sql } from '../db/sql.js';
import { int } from '../db/sql-parts.js';
import { rows } from '../db/transaction.js';
import { readFile } from './content-folder.js';

interface StoredContent {
  id: string;
  size: number;
  place: string;
}

/** What is stored of an attachment apart from its message. */
export interface StoredAttachment {
  content: StoredContent | undefined;
  /** Sealed. */
  secret: string | undefined;
}

interface AttachmentRow {
  n: number | bigint;
  secret: string | null;
  id: string | null;
  size: bigint | null;
  place: string | null;
}

/** Each by its place in the message's list. */
export async function findStoredAttachments(
  ctx: Needs<'db'>,
  messagePk: string,
): Promise<Map<number, StoredAttachment>> {
  const found = await ctx.db.query(
    rows<AttachmentRow>(sql`
      SELECT a.n AS n, a.secret AS secret, c.id AS id, c.size AS size, c.place AS place
      FROM message_attachments a LEFT JOIN attachment_contents c ON c.id = a.content_id
      WHERE a.message_pk = ${messagePk}`),
  );
  return new Map(
    found.map(({ n, secret, id, size, place }) => [
      Number(n),
      {
        content: id === null || place === null ? undefined : { id, size: Number(size), place },
        secret: secret ?? undefined,
      },
    ]),
  );
}

/** @throws Fault or the error of the file system where bytes are missing */
export async function* readContent(
  ctx: Needs<'db' | 'config'>,
  { id, size, place }: StoredContent,
): AsyncGenerator<Buffer> {
  let read = 0;
  for await (const piece of place === 'folder' ? readFile(ctx, id) : readPieces(ctx, id, size)) {
    read += piece.length;
    yield piece;
  }
  if (read !== size) throw new Fault('not_found', `A stored content has ${read} of its ${size} bytes`);
}

async function* readPieces(ctx: Needs<'db'>, id: string, size: number): AsyncGenerator<Buffer> {
  let read = 0;
  for (let n = 0; read < size; n++) {
    const [piece] = await ctx.db.query(
      rows<{ data: Buffer }>(
        sql`SELECT data FROM attachment_pieces WHERE content_id = ${id} AND n = ${int(n)}`,
      ),
    );
    if (piece === undefined) return;
    read += piece.data.length;
    yield piece.data;
  }
}
