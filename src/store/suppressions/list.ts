// Lists a tenant's suppressed addresses, in the order of their hashes.
import { toUnixSeconds } from '../../clock.js';
import type { Needs } from '../context.js';
import { bytesOf, type Hold, type PageAsked, readPageOf } from '../db/cut-at-bytes.js';
import { join, sql } from '../db/sql.js';
import { rows } from '../db/transaction.js';
import { withoutNulls } from '../db/without-nulls.js';
import type { suppressionSources } from './change.js';
import { suppressionHash } from './suppression-hash.js';

interface Row {
  hash: string;
  address: string | null;
  reason: string;
  source: (typeof suppressionSources)[number];
  message_id: string | null;
  created_at: bigint;
  expires_at: bigint | null;
}

export interface SuppressionFilter extends PageAsked {
  address?: string | undefined;
  reason?: string | undefined;
  source?: string | undefined;
}

/** @param hold is awaited before as many bytes are read */
export async function listSuppressions(
  ctx: Needs<'db'>,
  tenantId: string,
  filter: SuppressionFilter,
  hold: Hold,
) {
  const { after = '', limit, address, reason, source } = filter;
  const conditions = [
    sql`tenant_id = ${tenantId} AND hash > ${after}`,
    ...(address === undefined ? [] : [sql`hash = ${suppressionHash(address)}`]),
    ...(reason === undefined ? [] : [sql`reason = ${reason}`]),
    ...(source === undefined ? [] : [sql`source = ${source}`]),
  ];
  const onPage = sql`FROM suppressions WHERE ${join(conditions, ' AND ')} ORDER BY hash`;
  const sizes = await ctx.db.query(
    rows<{ bytes: number | bigint }>(sql`SELECT ${bytesOf('address')} AS bytes ${onPage} LIMIT ${limit + 1}`),
  );
  const read = async (count: number) =>
    (
      await ctx.db.query(
        rows<Row>(
          sql`SELECT hash, address, reason, source, message_id, created_at, expires_at ${onPage} LIMIT ${count}`,
        ),
      )
    ).map(showSuppression);
  return readPageOf(sizes, filter, hold, read, ({ hash }) => hash);
}

/** A field without a value is left out. */
function showSuppression({ hash, address, reason, source, ...row }: Row) {
  return withoutNulls({
    address,
    hash,
    reason,
    source,
    message_id: row.message_id,
    created_ts: toUnixSeconds(Number(row.created_at)),
    expires_ts: row.expires_at === null ? null : toUnixSeconds(Number(row.expires_at)),
  });
}
