// How many bytes tenants have when they are shown, for the pages of lists of tenants.
import type { Needs } from '../context.js';
import { bytesOf, type PageAsked } from '../db/cut-at-bytes.js';
import { empty, sql } from '../db/sql.js';
import { rows } from '../db/transaction.js';

const bytes = bytesOf(
  ...['id', 'name', 'client_base_url', 'client_sync_path', 'client_attachment_path', 'client_auth'],
  ...['rate_limits', 'limits', 'large_file_config', 'default_account', 'report_fault'],
);

/** Of tenants in the order of their ids, one more than the page may have. */
export function sizesOfTenants(
  ctx: Needs<'db'>,
  { limit, after = '', activeOnly = false }: PageAsked & { activeOnly?: boolean },
): Promise<{ bytes: number | bigint }[]> {
  return ctx.db.query(
    rows<{ bytes: number | bigint }>(sql`
      SELECT ${bytes} AS bytes FROM tenants
      WHERE deleted_at IS NULL AND id > ${after} ${activeOnly ? sql`AND active = true` : empty}
      ORDER BY id LIMIT ${limit + 1}`),
  );
}
