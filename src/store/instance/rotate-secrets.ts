// Seals anew, with the current key, what a previous one has sealed, so that the previous one can be given up.
import type { Needs } from '../context.js';
import { rowsOf } from '../db/sql.js';
import { Prisma } from '../generated/sqlite/client.js';

export interface Rotation {
  rotated: number;
  /** Secrets that open with none of the keys; they stay as they are. */
  unreadable: number;
}

/** Where sealed texts stand; `key` are two expressions that name a row and give the rows their order. */
interface Place {
  table: string;
  column: string;
  key: [string, string];
}

/** The proof of the key comes last: while it is not sealed anew, no start without the previous key is allowed. */
const places: Place[] = [
  { table: 'accounts', column: 'password', key: ['tenant_id', 'id'] },
  { table: 'tenants', column: 'client_secret', key: ['id', 'id'] },
  { table: 'tenants', column: 'webhook_secret', key: ['id', 'id'] },
  { table: 'tenants', column: 'webhook_secret_previous', key: ['id', 'id'] },
  { table: 'instance', column: 'bounce_imap_password', key: ['CAST(id AS TEXT)', 'CAST(id AS TEXT)'] },
  { table: 'instance', column: 'key_check', key: ['CAST(id AS TEXT)', 'CAST(id AS TEXT)'] },
];

interface SealedRow {
  a: string;
  b: string;
  sealed: string;
}

/** Rows read, and then written in one transaction. */
const pageSize = 200;

/**
 * Goes through everything that is sealed, a page and a transaction at a time; what is done stays done when it breaks
 * off, and running it again does the rest. A secret that is changed meanwhile keeps its new value. Revisions of accounts
 * stay, for nothing about their connections changes.
 */
export async function rotateSecrets(ctx: Needs<'db' | 'secrets' | 'log'>): Promise<Rotation> {
  const sum: Rotation = { rotated: 0, unreadable: 0 };
  for (const place of places) {
    for (let page = await readPage(ctx, place, undefined); page.length > 0; ) {
      const { rotated, unreadable } = await rotatePage(ctx, place, page);
      sum.rotated += rotated;
      sum.unreadable += unreadable;
      page = page.length < pageSize ? [] : await readPage(ctx, place, page.at(-1));
    }
  }
  return sum;
}

function readPage(ctx: Needs<'db'>, place: Place, after: SealedRow | undefined): Promise<SealedRow[]> {
  const { table, column, a, b } = names(place);
  const further =
    after === undefined ? Prisma.empty : Prisma.sql`AND (${a}, ${b}) > (${after.a}, ${after.b})`;
  return ctx.db.read.$queryRaw<SealedRow[]>`
    SELECT ${a} AS a, ${b} AS b, ${column} AS sealed FROM ${table}
    WHERE ${column} IS NOT NULL ${further} ORDER BY ${a}, ${b} LIMIT ${pageSize}`;
}

async function rotatePage(
  ctx: Needs<'db' | 'secrets' | 'log'>,
  place: Place,
  page: SealedRow[],
): Promise<Rotation> {
  let unreadable = 0;
  const changes = page.flatMap((row) => {
    try {
      const resealed = ctx.secrets.reseal(row.sealed);
      return resealed === undefined ? [] : [{ ka: row.a, kb: row.b, was: row.sealed, becomes: resealed }];
    } catch {
      unreadable += 1;
      ctx.log.warn({ table: place.table, key: [row.a, row.b] }, 'a secret opens with none of the keys');
      return [];
    }
  });
  if (changes.length === 0) return { rotated: 0, unreadable };
  const { table, column, a, b } = names(place);
  const rows = rowsOf(ctx.db.kind, { ka: 'text', kb: 'text', was: 'text', becomes: 'text' }, changes);
  const [rotated] = await ctx.db.write<[number]>((client) => [
    client.$executeRaw`
      UPDATE ${table} SET ${column} = j.becomes FROM ${rows}
      WHERE ${a} = j.ka AND ${b} = j.kb AND ${column} = j.was`,
  ]);
  return { rotated, unreadable };
}

function names({ table, column, key }: Place) {
  const [a, b] = key;
  return { table: Prisma.raw(table), column: Prisma.raw(column), a: Prisma.raw(a), b: Prisma.raw(b) };
}
