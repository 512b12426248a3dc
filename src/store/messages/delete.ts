// Deletes the messages a tenant names, with their content and events.
import { removeReturned } from '../bounces/remove-returned.js';
import type { Needs } from '../context.js';
import { sql } from '../db/sql.js';
import { rowsOf } from '../db/sql-parts.js';
import { rows } from '../db/transaction.js';

/** What is needed to take a deleted message's job off its queue. */
interface DeletedMessage {
  id: string;
  accountId: string | null;
  revision: string;
  attempts: number;
}

interface DeletedRow {
  id: string;
  account_id: string | null;
  revision: string;
  attempts: number;
}

/** Ids that one statement looks for. On SQLite nothing else runs in the process meanwhile. */
const idsAtOnce = 200;

/** Deletes messages of any status. The result of one that is just being sent then finds no message. */
export async function deleteMessages(
  ctx: Needs<'db'>,
  tenantId: string,
  ids: string[],
): Promise<DeletedMessage[]> {
  const deleted: DeletedMessage[] = [];
  for (let at = 0; at < ids.length; at += idsAtOnce) {
    deleted.push(...(await deletePage(ctx, tenantId, ids.slice(at, at + idsAtOnce))));
  }
  return deleted;
}

async function deletePage(ctx: Needs<'db'>, tenantId: string, ids: string[]): Promise<DeletedMessage[]> {
  const table = rowsOf(
    { id: 'text' },
    ids.map((id) => ({ id })),
  );
  const which = sql`tenant_id = ${tenantId} AND id IN (SELECT j.id FROM ${table})`;
  await removeReturned(ctx, which);
  const { deleted } = await ctx.db.transaction({
    deleted: rows<DeletedRow>(sql`
      DELETE FROM messages WHERE ${which}
      RETURNING id, account_id, revision, attempts`),
  });
  return deleted.map((row) => ({
    id: row.id,
    accountId: row.account_id,
    revision: row.revision,
    attempts: row.attempts,
  }));
}
