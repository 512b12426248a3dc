// Runs statements on a connection of its own to the SQLite file, each prepared once. Prisma's engine would compile and
// prepare each of them anew every time (docs/benchmarks.md).
import Database from 'better-sqlite3';
import { nextTurn } from '../../concurrency/next-turn.js';
import type { RunnableStatement, RunStatements } from './transaction.js';

/** Only statements of varying text reach this number. Then all are dropped, and those in use are prepared again. */
const mostPrepared = 300;

interface Prepared {
  statement: Database.Statement<unknown[], Row>;
  /** For columns whose whole numbers are to be read as something else than a bigint. */
  readers: [name: string, read: (value: bigint) => unknown][];
}

type Row = Record<string, unknown>;

/** From here on, storing a text takes long enough to be noticed. */
const largeText = 1024 * 1024;

/** SQLite's own default. */
const pagesInLog = 1000;

/** By the type that a column is declared with, as Prisma reads it. */
const readerOf = new Map<string | null, (value: bigint) => unknown>([
  ['INTEGER', Number],
  ['BOOLEAN', (value) => value !== 0n],
]);

interface SqliteStatements {
  run: RunStatements;
  close(): void;
}

/**
 * @param pragmas of this connection
 * @param waitMs how long the connection waits for another process's transaction, during which this process does nothing else
 */
export function openSqliteStatements(
  path: string,
  { pragmas, waitMs, readonly }: { pragmas: string[]; waitMs: number; readonly: boolean },
): SqliteStatements {
  const db = new Database(path, { timeout: waitMs, fileMustExist: true, readonly });
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

  function execute({ text, values, givesRows }: RunnableStatement): unknown {
    const { statement, readers } = prepare(text);
    if (!givesRows) return statement.run(values).changes;
    const rows = statement.all(values);
    for (const row of rows) {
      for (const [name, read] of readers) {
        const value = row[name];
        if (typeof value === 'bigint') row[name] = read(value);
      }
    }
    return rows;
  }

  const transaction = db.transaction((statements: RunnableStatement[]) => statements.map(execute));

  return {
    // A transaction that writes takes the lock when it begins, because SQLite does not wait for a lock that a transaction
    // asks for only at its first change.
    run: async (statements) => {
      if (readonly) return transaction.deferred(statements);
      return statements.some(isLarge)
        ? runInSteps(db, statements, execute)
        : transaction.immediate(statements);
    },
    close: () => void db.close(),
  };
}

function isLarge({ values }: RunnableStatement): boolean {
  return values.some((value) => typeof value === 'string' && value.length > largeText);
}

/** Other work of this process runs between the steps. The write gate lets in no other transaction meanwhile. */
async function runInSteps(
  db: Database.Database,
  statements: RunnableStatement[],
  execute: (statement: RunnableStatement) => unknown,
): Promise<unknown[]> {
  const results: unknown[] = [];
  db.exec('BEGIN IMMEDIATE');
  try {
    for (const statement of statements) {
      if (isLarge(statement)) await nextTurn();
      results.push(execute(statement));
    }
    await nextTurn();
    // The commit would copy the pages from the log into the file as well.
    db.pragma('wal_autocheckpoint = 0');
    db.exec('COMMIT');
  } finally {
    if (db.inTransaction) db.exec('ROLLBACK');
    db.pragma(`wal_autocheckpoint = ${pagesInLog}`);
  }
  await nextTurn();
  copyLog(db);
  return results;
}

/** The transaction is durable already. What is left in the log is copied after a later one. */
function copyLog(db: Database.Database): void {
  try {
    db.pragma('wal_checkpoint(PASSIVE)');
  } catch {
    // For example a full disk, of which the next transaction tells.
  }
}
