// Opens the database, SQLite or PostgreSQL, behind one interface.
//
// Hand-written SQL goes through `transaction`, `query` and `queries` (transaction.ts says how, sql.ts and sql-parts.ts
// help to write it). Prisma's models are for simple reads (`db.read.account.findMany`) and for writes whose columns are
// only known when they are made (`db.writeModels`).
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import { PrismaPg } from '@prisma/adapter-pg';
import type { Clock } from '../../clock.js';
import { PrismaClient as PostgresClient } from '../generated/postgresql/client.js';
import { type Prisma, PrismaClient } from '../generated/sqlite/client.js';
import { openPool } from './postgres-pool.js';
import { runOnPostgres } from './postgres-runner.js';
import type { DatabaseKind } from './sql.js';
import { openSqliteStatements } from './sqlite-runner.js';
import {
  openQuery,
  openTransaction,
  type Query,
  type RunStatements,
  type Transaction,
} from './transaction.js';
import { openWriteGate, type WriteNow, writeAtOnce } from './write-gate.js';

/** Prisma's models without its ways to run SQL: those would go through its engine (docs/benchmarks.md). */
export type Models = Omit<PrismaClient, `$${string}`>;

export interface Db {
  readonly kind: DatabaseKind;
  /** Writes: the statements run in one transaction, in the order written, and are durable when this resolves. */
  readonly transaction: Transaction;
  /** Reads the rows of one statement. On SQLite from a connection of its own, which sees nothing uncommitted. */
  readonly query: Query;
  /** Reads by several statements in one transaction, so that all see the same state. */
  readonly queries: Transaction;
  /** Prisma's models, for simple reads only. */
  readonly read: Models;
  /** Writes with Prisma's models, in one transaction that has no other SQL in it: `(models) => [models.account.update(...)]`. */
  readonly writeModels: WriteModels;
  close(): Promise<void>;
}

/** `build` is called again when the transaction has to be repeated. */
type WriteModels = <R extends unknown[]>(
  build: (models: Models) => { [K in keyof R]: Prisma.PrismaPromise<R[K]> },
) => Promise<R>;

/**
 * Prisma would end a transaction after 5 s, and with it the deletion of a large tenant every time. A statement that waits
 * too long for a lock or a silent server is ended below Prisma.
 */
const transactionOptions = { maxWait: 15_000, timeout: 3_600_000 };

/**
 * FULL: a commit is on disk before it is answered, also over a power cut. With secure_delete, deleted mails are overwritten
 * in the file.
 */
const pragmas = ['journal_mode = WAL', 'synchronous = FULL', 'foreign_keys = ON', 'secure_delete = ON'];

/** Waiting for another process on SQLite blocks the event loop, so it is short; the write gate tries again. */
const waitMs = 100;
const readWaitMs = 250;

/** What `GMP_DB_PATH` names. */
export function databaseKind(path: string): DatabaseKind {
  return /^postgres(ql)?:\/\//.test(path) ? 'postgresql' : 'sqlite';
}

/** Opens a database that `migrate` has brought up to date. */
export async function openDatabase(path: string, clock: Clock): Promise<Db> {
  return databaseKind(path) === 'sqlite' ? openSqlite(path, clock) : openPostgres(path, clock);
}

async function openSqlite(path: string, clock: Clock): Promise<Db> {
  const writer = new PrismaClient({
    adapter: new Writer({ url: path, timeout: waitMs }),
    transactionOptions,
  });
  const writing = openSqliteStatements(path, { pragmas, waitMs, readonly: false });
  const reading = openSqliteStatements(path, { pragmas: [], waitMs: readWaitMs, readonly: true });
  const readOnly = new PrismaBetterSqlite3({ url: path, timeout: readWaitMs, readonly: true });
  const read = new PrismaClient({ adapter: readOnly });
  const gate = openWriteGate(writer, writing.run, clock);
  return {
    ...ways('sqlite', gate.write, reading.run),
    read,
    async close() {
      await gate.close();
      reading.close();
      await read.$disconnect();
      await writer.$disconnect();
      // Last, because only a connection that writes takes the -wal file into the database and removes it.
      writing.close();
    },
  };
}

/** Opens the connection at its first use. Many processes write with no model of Prisma, and its client takes time to start. */
class Writer extends PrismaBetterSqlite3 {
  override async connect() {
    const connection = await super.connect();
    await connection.executeScript(pragmas.map((pragma) => `PRAGMA ${pragma};`).join('\n'));
    return connection;
  }
}

async function openPostgres(url: string, clock: Clock): Promise<Db> {
  const pool = openPool(url);
  const adapter = new PrismaPg(pool, { disposeExternalPool: true });
  // The two generated clients differ in nothing that is used here, so one type serves both.
  const client = new PostgresClient({ adapter, transactionOptions }) as unknown as PrismaClient;
  const runStatements = runOnPostgres(pool);
  return {
    ...ways('postgresql', writeAtOnce(client, runStatements, clock), runStatements),
    read: client,
    close: () => client.$disconnect(),
  };
}

function ways(kind: DatabaseKind, writeNow: WriteNow, readStatements: RunStatements) {
  const writeModels = (build: (models: Models) => Prisma.PrismaPromise<unknown>[]) =>
    writeNow({ kind: 'models', build });
  return {
    kind,
    transaction: openTransaction(kind, (statements) => writeNow({ kind: 'statements', statements })),
    query: openQuery(kind, readStatements),
    queries: openTransaction(kind, readStatements),
    writeModels: writeModels as WriteModels,
  };
}
