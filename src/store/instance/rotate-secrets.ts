// Key rotation: seals with the current key every secret that a previous key sealed, so that the old key can go.

import type { Needs } from '../context.js';
import { empty, sql, verbatim } from '../db/sql.js';
import { rowsOf } from '../db/sql-parts.js';
import { rows, run } from '../db/transaction.js';

interface Rotation {
  rotated: number;
  /** Secrets that no key opens. They stay as they are. */
  unreadable: number;
}

/** A column with sealed secrets. The two expressions of `key` identify a row and order the rows. */
interface SealedColumn {
  table: string;
  column: string;
  key: [string, string];
}

/** The proof of the key comes last: until it is sealed with the current key, no start without the previous key succeeds. */
const sealedColumns: SealedColumn[] = [
  { table: 'accounts', column: 'password', key: ['tenant_id', 'id'] },
  { table: 'tenants', column: 'client_secret', key: ['id', 'id'] },
  { table: 'tenants', column: 'webhook_secret', key: ['id', 'id'] },
  { table: 'tenants', column: 'webhook_secret_previous', key: ['id', 'id'] },
  { table: 'instance', column: 'bounce_imap_password', key: ['CAST(id AS TEXT)', 'CAST(id AS TEXT)'] },
  { table: 'instance', column: 'key_check', key: ['CAST(id AS TEXT)', 'CAST(id AS TEXT)'] },
];

/** A secret and the two parts of its row's key. */
interface SealedRow {
  a: string;
  b: string;
  sealed: string;
}

/** Rows of one page, which are read together and written in one transaction. */
const pageSize = 200;

/**
 * Works a page and a transaction at a time. If it is interrupted, finished pages stay, and the next run does the rest. A
 * secret that is changed meanwhile keeps its new value. Revisions of accounts do not change, because their connections stay
 * valid.
 */
export async function rotateSecrets(ctx: Needs<'db' | 'secrets' | 'log'>): Promise<Rotation> {
  const sum: Rotation = { rotated: 0, unreadable: 0 };
  for (const sealedColumn of sealedColumns) {
    for (let page = await readPage(ctx, sealedColumn, undefined); page.length > 0; ) {
      const { rotated, unreadable } = await rotatePage(ctx, sealedColumn, page);
      sum.rotated += rotated;
      sum.unreadable += unreadable;
      page = page.length < pageSize ? [] : await readPage(ctx, sealedColumn, page.at(-1));
    }
  }
  return sum;
}

/** Pages follow the key, so that rows which come or go meanwhile shift no page. */
function readPage(
  ctx: Needs<'db'>,
  sealedColumn: SealedColumn,
  after: SealedRow | undefined,
): Promise<SealedRow[]> {
  const { table, column, a, b } = names(sealedColumn);
  const further = after === undefined ? empty : sql`AND (${a}, ${b}) > (${after.a}, ${after.b})`;
  return ctx.db.query(
    rows<SealedRow>(sql`
      SELECT ${a} AS a, ${b} AS b, ${column} AS sealed FROM ${table}
      WHERE ${column} IS NOT NULL ${further} ORDER BY ${a}, ${b} LIMIT ${pageSize}`),
  );
}

/** Seals the secrets of a page anew. A row changes only if it still has the value that was read. */
async function rotatePage(
  ctx: Needs<'db' | 'secrets' | 'log'>,
  sealedColumn: SealedColumn,
  page: SealedRow[],
): Promise<Rotation> {
  let unreadable = 0;
  const changes = page.flatMap((row) => {
    try {
      const resealed = ctx.secrets.reseal(row.sealed);
      return resealed === undefined ? [] : [{ ka: row.a, kb: row.b, was: row.sealed, becomes: resealed }];
    } catch {
      unreadable += 1;
      ctx.log.warn(
        { table: sealedColumn.table, key: [row.a, row.b] },
        'a secret cannot be decrypted with any of the keys',
      );
      return [];
    }
  });
  if (changes.length === 0) return { rotated: 0, unreadable };
  const { table, column, a, b } = names(sealedColumn);
  const resealed = rowsOf({ ka: 'text', kb: 'text', was: 'text', becomes: 'text' }, changes);
  const { rotated } = await ctx.db.transaction({
    rotated: run(sql`
      UPDATE ${table} SET ${column} = j.becomes FROM ${resealed}
      WHERE ${a} = j.ka AND ${b} = j.kb AND ${column} = j.was`),
  });
  return { rotated, unreadable };
}

function names({ table, column, key }: SealedColumn) {
  const [a, b] = key;
  return { table: verbatim(table), column: verbatim(column), a: verbatim(a), b: verbatim(b) };
}
