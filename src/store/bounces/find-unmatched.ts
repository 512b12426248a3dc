// Finds the mails of a mailbox that came back lately and matched no message.
import type { Needs } from '../context.js';
import { sql } from '../db/sql.js';
import { rows } from '../db/transaction.js';

interface Unmatched {
  uidValidity: bigint;
  uid: number;
  sha256: string;
  receivedTs: number;
  /** JSON of what was understood. */
  understood: string;
}

interface Row {
  uid_validity: bigint;
  uid: bigint;
  sha256: string;
  received_at: bigint;
  understood: string;
}

/** The newest of a flood. */
const most = 200;

/** @param since received from then on, in milliseconds since the epoch */
export async function findUnmatched(
  ctx: Needs<'db'>,
  mailboxId: string,
  since: number,
): Promise<Unmatched[]> {
  const found = await ctx.db.query(
    rows<Row>(sql`SELECT uid_validity, uid, sha256, received_at, understood FROM bounces
      WHERE mailbox_id = ${mailboxId} AND received_at >= ${since} AND message_pk IS NULL
      ORDER BY received_at DESC LIMIT ${most}`),
  );
  return found.map((row) => ({
    uidValidity: row.uid_validity,
    uid: Number(row.uid),
    sha256: row.sha256,
    receivedTs: Number(row.received_at),
    understood: row.understood,
  }));
}
