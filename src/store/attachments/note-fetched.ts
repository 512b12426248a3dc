// Notes what is known of the attachments of a message once they were fetched, for those who look at the message.
import type { Needs } from '../context.js';
import { sql } from '../db/sql.js';
import { rowsOf } from '../db/sql-parts.js';
import { run } from '../db/transaction.js';

interface FetchedAttachment {
  /** Its place in the message's list. */
  n: number;
  size: number;
  mimeType: string;
  isCached: boolean;
}

/** Changes nothing for a message that was replaced meanwhile. */
export async function noteFetched(
  ctx: Needs<'db'>,
  { pk, revision }: { pk: string; revision: string },
  fetched: FetchedAttachment[],
): Promise<void> {
  const table = rowsOf(
    { n: 'bigint', size: 'bigint', type: 'text', cached: 'bigint' },
    fetched.map(({ n, size, mimeType, isCached }) => ({ n, size, type: mimeType, cached: isCached ? 1 : 0 })),
  );
  await ctx.db.transaction({
    noted: run(sql`
      INSERT INTO message_attachments (message_pk, n, size, mime_type, cached)
      SELECT m.pk, j.n, j.size, j.type, j.cached = 1
      FROM ${table} JOIN messages m ON m.pk = ${pk}
      WHERE m.revision = ${revision}
      ON CONFLICT (message_pk, n) DO UPDATE
      SET size = excluded.size, mime_type = excluded.mime_type, cached = excluded.cached`),
  });
}
