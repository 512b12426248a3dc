// The way hand-written SQL reaches the database: statements with names, run in the order written, answered by name.
//
//     const { claimed } = await ctx.db.transaction({
//       lock: run(suspensionLock('shared')),
//       claimed: rows<ClaimedRow>(sql`UPDATE messages SET ... RETURNING pk, revision`),
//       ...(counted && { slots: run(takeSlots(ctx, claims)) }),
//     });
//
// `rows<Row>` answers with the rows, `run` with the number of rows changed. All of it is one transaction, on disk when the
// promise resolves. A statement whose text is empty on this database, such as a lock on SQLite, is left out. The
// statements are plain data, so a transaction that another one got in the way of is simply run again.
//
// Reading goes the same way without a transaction to write: `ctx.db.query(rows<Row>(sql`...`))` gives the rows of one
// statement, `ctx.db.queries({ ... })` the answers of several that see the same state.
import { type DatabaseKind, type Parameter, render, type Sql } from './sql.js';

export interface Rows<Row> {
  sql: Sql;
  kind: 'rows';
  /** Only says what the rows are; has no value. */
  row?: Row;
}

export interface Run {
  sql: Sql;
  kind: 'run';
}

/**
 * Answers with the rows: objects with the columns as named in the statement. A BIGINT is a bigint, an INTEGER a number; an
 * expression over whole numbers, such as COUNT(*), may be either.
 */
export function rows<Row>(statement: Sql): Rows<Row> {
  return { sql: statement, kind: 'rows' };
}

/** Answers with the number of rows that the statement changed. */
export function run(statement: Sql): Run {
  return { sql: statement, kind: 'run' };
}

type Statements = Record<string, Rows<unknown> | Run | undefined>;

type Answer<S> = S extends Rows<infer Row> ? Row[] : S extends Run ? number : undefined;

/** Runs the statements in the order written, and answers each under its name. */
export type Transaction = <S extends Statements>(statements: S) => Promise<{ [K in keyof S]: Answer<S[K]> }>;

export type Query = <Row>(statement: Rows<Row>) => Promise<Row[]>;

/** A statement as a driver takes it. */
export interface RunnableStatement {
  text: string;
  values: Parameter[];
  /** Whether its answer is its rows; else it is how many it changed. */
  givesRows: boolean;
}

/** Runs the statements in one transaction, in order, and answers with their results once they are durable. */
export type RunStatements = (statements: RunnableStatement[]) => Promise<unknown[]>;

/** Gives statements their names back. */
export function openTransaction(kind: DatabaseKind, runStatements: RunStatements): Transaction {
  return async <S extends Statements>(statements: S) => {
    const named = Object.entries(statements).flatMap(([name, statement]) => {
      if (statement === undefined) return [];
      const givesRows = statement.kind === 'rows';
      return [{ name, ...render(statement.sql, kind), givesRows }];
    });
    const runnable = named.filter(({ text }) => text !== '');
    const results = runnable.length === 0 ? [] : await runStatements(runnable);
    const answers = new Map<string, unknown>(named.map(({ name, givesRows }) => [name, givesRows ? [] : 0]));
    runnable.forEach(({ name }, i) => {
      answers.set(name, results[i]);
    });
    return Object.fromEntries(answers) as { [K in keyof S]: Answer<S[K]> };
  };
}

export function openQuery(kind: DatabaseKind, runStatements: RunStatements): Query {
  const transaction = openTransaction(kind, runStatements);
  return async <Row>(statement: Rows<Row>) => (await transaction({ statement })).statement as Row[];
}
