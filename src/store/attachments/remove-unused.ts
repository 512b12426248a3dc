// Removes the contents that no message has any more, a few at a time, so that other work goes on in between.
import type { Needs } from '../context.js';
import { sql } from '../db/sql.js';
import { rowsOf } from '../db/sql-parts.js';
import { rows } from '../db/transaction.js';
import { pace } from '../messages/clean-up.js';
import { listFiles, removeFile } from './content-folder.js';

type RemoveNeeds = Needs<'db' | 'clock' | 'config'>;

/** Contents that one statement checks. */
const pageSize = 500;

/**
 * Looks for a message of each content instead of keeping a count, because a count would be wrong after a crash. A call that
 * stores the same content locks the same row as the removal: it either finds the content and holds it, or stores the content
 * again under another id.
 * @param stop ends the removal between two statements; the next call starts from the beginning
 * @returns how many contents were removed
 */
export async function removeUnusedContents(ctx: RemoveNeeds, stop?: AbortSignal): Promise<number> {
  const paced = pace(ctx.clock, stop);
  let removed = 0;
  let after = '';
  while (!stop?.aborted) {
    const page = await paced(() => ctx.db.query(nextPage(after)));
    const unused = page.flatMap(({ id, used }) => (Number(used) === 1 ? [] : [id]));
    // One at a time, because the pieces of a large one are many pages.
    for (const id of unused) {
      if (stop?.aborted) return removed;
      removed += await paced(() => removeContent(ctx, id));
    }
    after = page.at(-1)?.id ?? '';
    if (page.length < pageSize) break;
  }
  if (ctx.db.kind === 'sqlite' && !stop?.aborted) await removeOrphans(ctx, stop);
  return removed;
}

function nextPage(after: string) {
  return rows<{ id: string; used: number | bigint }>(sql`
    SELECT c.id AS id, CASE WHEN EXISTS (SELECT 1 FROM message_attachments a WHERE a.content_id = c.id) THEN 1 ELSE 0 END AS used
    FROM attachment_contents c WHERE c.id > ${after} ORDER BY c.id LIMIT ${pageSize}`);
}

/** The file goes after its row is gone for good. A process that dies in between leaves an orphan. */
async function removeContent(ctx: RemoveNeeds, id: string): Promise<number> {
  const { removed } = await ctx.db.transaction({
    removed: rows<{ place: string }>(sql`
      DELETE FROM attachment_contents WHERE id = ${id} AND held_until <= ${ctx.clock.now()}
        AND NOT EXISTS (SELECT 1 FROM message_attachments a WHERE a.content_id = attachment_contents.id)
      RETURNING place`),
  });
  if (removed[0]?.place === 'folder') await removeFile(ctx, id);
  return removed.length;
}

/** A file without a row: a file is only written for a row that is there. */
async function removeOrphans(ctx: RemoveNeeds, stop?: AbortSignal): Promise<void> {
  const paced = pace(ctx.clock, stop);
  for await (const files of listFiles(ctx)) {
    for (let at = 0; at < files.length && !stop?.aborted; at += pageSize) {
      const some = files.slice(at, at + pageSize);
      const table = rowsOf(
        { id: 'text' },
        some.map(({ id }) => ({ id })),
      );
      const orphans = await paced(() =>
        ctx.db.query(
          rows<{ id: string }>(sql`SELECT j.id AS id FROM ${table}
            WHERE NOT EXISTS (SELECT 1 FROM attachment_contents c WHERE c.id = j.id)`),
        ),
      );
      const ids = new Set(orphans.map(({ id }) => id));
      for (const file of some) if (ids.has(file.id)) await file.remove();
    }
  }
}
