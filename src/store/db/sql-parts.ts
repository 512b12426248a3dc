// The pieces of SQL that SQLite and PostgreSQL write differently: lists of rows, locks and JSON.
import { byDatabase, empty, join, type Parameter, type Sql, sql, verbatim } from './sql.js';

type ColumnType = 'text' | 'bigint';

/** The rows that `rowsOf` takes for its columns. */
export type RowOf<C extends Record<string, ColumnType>> = {
  [K in keyof C]: C[K] extends 'text' ? string | null : number | null;
};

/**
 * Hands many rows to one statement: a table expression named `j`, to be used after FROM. The rows travel as one JSON
 * parameter, which both databases read as a table.
 * @param columns the fields of a row and their types; a field that is absent or null is NULL
 */
export function rowsOf<C extends Record<string, ColumnType>>(columns: C, rows: RowOf<C>[]): Sql {
  const names = Object.keys(columns);
  const json = JSON.stringify(rows.map((row) => names.map((name) => storable(row[name]))));
  const list = (column: (name: string, at: number) => string) => verbatim(names.map(column).join(', '));
  return byDatabase({
    sqlite: sql`(SELECT ${list((name, at) => `value ->> ${at} AS "${name}"`)} FROM json_each(${json})) AS j`,
    postgresql: sql`(SELECT ${list((name, at) => `(value ->> ${at})::${columns[name]} AS "${name}"`)}
      FROM jsonb_array_elements(${json}::jsonb)) AS j`,
  });
}

/** PostgreSQL takes neither NUL nor half a surrogate pair; text from outside, such as an SMTP reply, may hold both. */
function storable(value: string | number | null | undefined): string | number | null {
  if (typeof value !== 'string') return value ?? null;
  return value.replaceAll('\0', '\uFFFD').toWellFormed();
}

/** Values in parentheses, to be used after IN. At least one. */
export function listOf(values: readonly Parameter[]): Sql {
  return sql`(${join(values)})`;
}

/** For PostgreSQL only. A statement that is nothing else is left out on SQLite. */
export function onPostgres(part: Sql): Sql {
  return byDatabase({ sqlite: empty, postgresql: part });
}

/**
 * Ends a SELECT whose rows of that table (or alias) are to stay as they are until the transaction ends. SQLite needs
 * none, because it has one writer at a time.
 */
export function forUpdateOf(table: string): Sql {
  return onPostgres(sql`FOR UPDATE OF ${verbatim(table)}`);
}

/**
 * Waits for a lock that has a number in place of a row and is held until the transaction ends: any number of
 * transactions hold it `shared`, or one holds it `alone`. Nothing on SQLite, which has one writer at a time.
 */
export function advisoryLock(number: bigint, mode: 'shared' | 'alone'): Sql {
  const name = mode === 'alone' ? 'pg_advisory_xact_lock' : 'pg_advisory_xact_lock_shared';
  return onPostgres(sql`SELECT ${verbatim(name)}(${number})`);
}

/** As `advisoryLock` alone, for a lock made of a number and a text. */
export function advisoryLockOf(number: number, text: Sql): Sql {
  return onPostgres(sql`SELECT pg_advisory_xact_lock(${number}::int, hashtext(${text}))`);
}

/** A condition: takes the lock made of a number and a text, unless another transaction holds it. True on SQLite. */
export function tryAdvisoryLock(number: number, text: Sql): Sql {
  return byDatabase({
    sqlite: sql`true`,
    postgresql: sql`pg_try_advisory_xact_lock(${number}::int, hashtext(${text}))`,
  });
}

/** A text as a parameter whose type PostgreSQL cannot tell from its place, such as an argument of a JSON function. */
export function text(value: string | null): Sql {
  return sql`CAST(${value} AS TEXT)`;
}

/** A whole number where PostgreSQL takes 32 bits only, such as an argument of `substr`. */
export function int(value: number): Sql {
  return sql`CAST(${value} AS INTEGER)`;
}

/** A condition: the column contains the text, in upper or lower case. The wildcards of LIKE in it have no meaning. */
export function contains(column: string, part: string): Sql {
  const pattern = `%${part.toLowerCase().replace(/[!%_]/g, '!$&')}%`;
  return sql`LOWER(${verbatim(column)}) LIKE ${pattern} ESCAPE '!'`;
}

/** The text of a field of a column of JSON; NULL when it is absent. */
export function jsonField(column: Sql, field: string): Sql {
  const key = verbatim(`'${field}'`);
  return byDatabase({
    sqlite: sql`${column} ->> ${key}`,
    postgresql: sql`CAST(${column} AS JSONB) ->> ${key}`,
  });
}

/** A JSON array of SQL values. */
export function jsonArray(...values: Sql[]): Sql {
  return byDatabase({
    sqlite: sql`json_array(${join(values)})`,
    postgresql: sql`jsonb_build_array(${join(values)})`,
  });
}

/** A JSON object of SQL values. */
export function jsonObject(fields: Record<string, Sql>): Sql {
  const list = join(Object.entries(fields).map(([name, value]) => sql`${verbatim(`'${name}'`)}, ${value}`));
  return byDatabase({ sqlite: sql`json_object(${list})`, postgresql: sql`json_build_object(${list})` });
}

/** An aggregate: the rows' JSON values as one JSON array, in the order in which the rows come. */
export function jsonArrayOfRows(value: Sql): Sql {
  return byDatabase({ sqlite: sql`json_group_array(${value})`, postgresql: sql`jsonb_agg(${value})` });
}
