// Reads the content of one message.
import type { Needs } from '../context.js';
import { sql } from '../db/sql.js';
import { rows } from '../db/transaction.js';

/** JSON of StoredMessage; undefined when the message has none, or is gone. */
export async function loadContent(ctx: Needs<'db'>, pk: string): Promise<string | undefined> {
  const [row] = await ctx.db.query(
    rows<{ payload: string }>(sql`SELECT payload FROM message_contents WHERE message_pk = ${pk}`),
  );
  return row?.payload;
}
