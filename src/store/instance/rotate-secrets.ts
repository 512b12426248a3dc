// Key rotation: seals with the current key every secret that a previous key sealed, so that the old key can go.

import type { Needs } from '../context.js';
import { empty, sql, verbatim } from '../db/sql.js';
import { rowsOf } from '../db/sql-parts.js';
import { rows, run } from '../db/transaction.js';
import { placeOf, type SealedSecret, sealedSecrets } from '../secrets/sealed-secrets.js';

interface Rotation {
  rotated: number;
  /** Secrets that no key opens. They stay as they are. */
  unreadable: number;
}

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
  for (const secret of Object.values<SealedSecret>(sealedSecrets)) {
    for (let page = await readPage(ctx, secret, undefined); page.length > 0; ) {
      const { rotated, unreadable } = await rotatePage(ctx, secret, page);
      sum.rotated += rotated;
      sum.unreadable += unreadable;
      page = page.length < pageSize ? [] : await readPage(ctx, secret, page.at(-1));
    }
  }
  return sum;
}

/** Pages follow the key, so that rows which come or go meanwhile shift no page. */
function readPage(
  ctx: Needs<'db'>,
  secret: SealedSecret,
  after: SealedRow | undefined,
): Promise<SealedRow[]> {
  const { table, column, a, b } = names(secret);
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
  secret: SealedSecret,
  page: SealedRow[],
): Promise<Rotation> {
  let unreadable = 0;
  const changes = page.flatMap((row) => {
    try {
      const resealed = ctx.secrets.reseal(row.sealed, placeOf(secret, row.a, row.b));
      return resealed === undefined ? [] : [{ ka: row.a, kb: row.b, was: row.sealed, becomes: resealed }];
    } catch {
      unreadable += 1;
      ctx.log.warn(
        { table: secret.table, key: [row.a, row.b] },
        'a secret cannot be decrypted with any of the keys',
      );
      return [];
    }
  });
  if (changes.length === 0) return { rotated: 0, unreadable };
  const { table, column, a, b } = names(secret);
  const resealed = rowsOf({ ka: 'text', kb: 'text', was: 'text', becomes: 'text' }, changes);
  const { rotated } = await ctx.db.transaction({
    rotated: run(sql`
      UPDATE ${table} SET ${column} = j.becomes FROM ${resealed}
      WHERE ${a} = j.ka AND ${b} = j.kb AND ${column} = j.was`),
  });
  return { rotated, unreadable };
}

function names({ table, column, key }: SealedSecret) {
  const [a, b] = key;
  return { table: verbatim(table), column: verbatim(column), a: verbatim(a), b: verbatim(b) };
}
