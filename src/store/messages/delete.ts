// Deletes the messages a tenant names, with their content and events.
import type { Needs } from '../context.js';
import { rowsOf } from '../db/old-sql.js';

/** What is needed to take a deleted message's job off its queue. */
export interface DeletedMessage {
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

/** Deletes whatever their status; the result of one that is just being sent finds no message any more. */
export async function deleteMessages(
  ctx: Needs<'db'>,
  tenantId: string,
  ids: string[],
): Promise<DeletedMessage[]> {
  if (ids.length === 0) return [];
  const rows = rowsOf(
    ctx.db.kind,
    { one: 'text' },
    ids.map((id) => ({ one: id })),
  );
  const [deleted] = await ctx.db.write<[DeletedRow[]]>((client) => [
    client.$queryRaw<DeletedRow[]>`
      DELETE FROM messages WHERE tenant_id = ${tenantId} AND id IN (SELECT j.one FROM ${rows})
      RETURNING id, account_id, revision, attempts`,
  ]);
  return deleted.map((row) => ({
    id: row.id,
    accountId: row.account_id,
    revision: row.revision,
    attempts: row.attempts,
  }));
}
