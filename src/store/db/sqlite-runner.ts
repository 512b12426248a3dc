// Runs the raw statements of writes on a connection to the SQLite file, each prepared once.
import Database from 'better-sqlite3';
import type { RawStatement, RunRaw } from './raw-statements.js';

/** Reached only by statements whose text is not always the same; those in use are prepared again. */
const mostPrepared = 300;

interface Prepared {
  statement: Database.Statement<unknown[], Row>;
  /** Columns whose whole numbers are something else than a bigint. */
  readers: [name: string, read: (value: bigint) => unknown][];
}

type Row = Record<string, unknown>;

/** By the type that a column is declared with, as Prisma reads it. */
const readerOf = new Map<string | null, (value: bigint) => unknown>([
  ['INTEGER', Number],
  ['BOOLEAN', (value) => value !== 0n],
]);

export interface SqliteStatements {
  run: RunRaw;
  close(): void;
}

/**
 * @param pragmas of this connection
 * @param waitMs how long another process's transaction is waited for, during which nothing else goes on
 */
export function openSqliteStatements(
  path: string,
  { pragmas, waitMs }: { pragmas: string[]; waitMs: number },
): SqliteStatements {
  const db = new Database(path, { timeout: waitMs, fileMustExist: true });
  for (const pragma of pragmas) db.pragma(pragma);
  db.defaultSafeIntegers(true);
  const prepared = new Map<string, Prepared>();

  function prepare(sql: string): Prepared {
    const known = prepared.get(sql);
    if (known) return known;
    if (prepared.size >= mostPrepared) prepared.clear();
    const statement = db.prepare<unknown[], Row>(sql);
    const columns = statement.reader ? statement.columns() : [];
    const readers = columns.flatMap(({ name, type }): Prepared['readers'] => {
      const read = readerOf.get(type);
      return read ? [[name, read]] : [];
    });
    const fresh = { statement, readers };
    prepared.set(sql, fresh);
    return fresh;
  }

  function execute({ sql: { sql, values }, tellsRows }: RawStatement): unknown {
    const { statement, readers } = prepare(sql);
    const storable = values.map((value) => (typeof value === 'boolean' ? Number(value) : value));
    if (!tellsRows) return statement.run(storable).changes;
    const rows = statement.all(storable);
    for (const row of rows) {
      for (const [name, read] of readers) {
        const value = row[name];
        if (typeof value === 'bigint') row[name] = read(value);
      }
    }
    return rows;
  }

  // At once with the lock to write: one that is only asked for at the first change cannot be waited for.
  const transaction = db.transaction((statements: RawStatement[]) => statements.map(execute));
  return {
    run: async (statements) => transaction.immediate(statements),
    close: () => void db.close(),
  };
}
