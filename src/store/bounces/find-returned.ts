// Reads what came back of messages, for those of which something did.
import type { Needs } from '../context.js';
import { sql } from '../db/sql.js';
import { listOf } from '../db/sql-parts.js';
import { rows } from '../db/transaction.js';
import type { Returned } from './with-returned.js';

interface Row {
  message_pk: string;
  received_at: bigint;
  results: string | null;
}

/** @returns by pk, in the order of recording */
export async function findReturned(
  ctx: Needs<'db'>,
  messages: { pk: string; bounces: number }[],
): Promise<Map<string, Returned[]>> {
  const pks = messages.filter(({ bounces }) => bounces > 0).map(({ pk }) => pk);
  const byPk = new Map<string, Returned[]>(pks.map((pk) => [pk, []]));
  if (pks.length === 0) return byPk;
  const found = await ctx.db.query(
    rows<Row>(sql`SELECT message_pk, received_at, results FROM bounces
      WHERE message_pk IN ${listOf(pks)} ORDER BY id`),
  );
  for (const { message_pk, received_at, results } of found) {
    byPk.get(message_pk)?.push({ receivedAt: Number(received_at), results: JSON.parse(results ?? '[]') });
  }
  return byPk;
}
