// The way to write SQL for Prisma that sql.ts and sql-parts.ts replace; goes when no room uses it.

import { Prisma } from '../generated/sqlite/client.js';
import type { DatabaseKind } from './sql.js';

type ColumnType = 'text' | 'bigint';

/**
 * A table expression named `j` over `rows`, to be used after FROM.
 * @param columns the fields of a row and their types; a field that is absent or null is NULL
 */
export function rowsOf<C extends Record<string, ColumnType>>(
  kind: DatabaseKind,
  columns: C,
  rows: { [K in keyof C]: C[K] extends 'text' ? string | null : number | null }[],
): Prisma.Sql {
  const names = Object.keys(columns);
  const json = JSON.stringify(rows.map((row) => names.map((name) => storable(row[name]))));
  const list = (column: (name: string, at: number) => string) => Prisma.raw(names.map(column).join(', '));
  if (kind === 'sqlite') {
    return Prisma.sql`(SELECT ${list((name, at) => `value ->> ${at} AS "${name}"`)} FROM json_each(${json})) AS j`;
  }
  const typed = list((name, at) => `(value ->> ${at})::${columns[name]} AS "${name}"`);
  return Prisma.sql`(SELECT ${typed} FROM jsonb_array_elements(${json}::jsonb)) AS j`;
}

/** Ends a SELECT whose rows of that table are to stay as they are until the transaction ends; SQLite has one writer anyway. */
export function lockRowsOf(kind: DatabaseKind, table: string): Prisma.Sql {
  return kind === 'postgresql' ? Prisma.sql`FOR UPDATE OF ${Prisma.raw(table)}` : Prisma.empty;
}

/** PostgreSQL takes neither NUL nor half a surrogate pair; text from outside, such as an SMTP reply, may hold both. */
function storable(value: string | number | null | undefined): string | number | null {
  if (typeof value !== 'string') return value ?? null;
  return value.replaceAll('\0', '\uFFFD').toWellFormed();
}
