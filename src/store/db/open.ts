// Opens the database behind Prisma and gives it one shape, whichever of the two it is.
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import { PrismaPg } from '@prisma/adapter-pg';
import type { Clock } from '../../clock.js';
import { PrismaClient as PostgresClient } from '../generated/postgresql/client.js';
import { PrismaClient } from '../generated/sqlite/client.js';
import { openPool } from './postgres-pool.js';
import { runOnPostgres } from './postgres-runner.js';
import { openSqliteStatements } from './sqlite-runner.js';
import { openWriteGate, type Write, writeAtOnce } from './write-gate.js';

export type Client = PrismaClient;
export type DatabaseKind = 'sqlite' | 'postgresql';

export interface Db {
  readonly kind: DatabaseKind;
  /** For reading only: on SQLite a connection of its own, which sees nothing uncommitted. */
  readonly read: Client;
  /** The only way to write: the statements run in one transaction, and are durable when this resolves. */
  readonly write: Write;
  close(): Promise<void>;
}

/**
 * Prisma would end a transaction after 5 s, and with it the deletion of a large tenant every time. What waits too long
 * for a lock or a silent server is ended below Prisma.
 */
const transactionOptions = { maxWait: 15_000, timeout: 3_600_000 };

/** FULL: a commit is on disk before it is answered, also over a power cut. */
const pragmas = ['journal_mode = WAL', 'synchronous = FULL', 'foreign_keys = ON'];

/** Waiting for another process on SQLite blocks the event loop, so it is short; the write gate tries again. */
const waitMs = 100;

/** What `GMP_DB_PATH` names. */
export function databaseKind(path: string): DatabaseKind {
  return /^postgres(ql)?:\/\//.test(path) ? 'postgresql' : 'sqlite';
}

/** Opens a database that `migrate` has brought up to date. */
export async function openDatabase(path: string, clock: Clock): Promise<Db> {
  return databaseKind(path) === 'sqlite' ? openSqlite(path, clock) : openPostgres(path, clock);
}

async function openSqlite(path: string, clock: Clock): Promise<Db> {
  const adapter = new PrismaBetterSqlite3({ url: path, timeout: waitMs });
  const writer = new PrismaClient({ adapter, transactionOptions });
  for (const pragma of pragmas) await writer.$queryRawUnsafe(`PRAGMA ${pragma}`);
  const statements = openSqliteStatements(path, { pragmas, waitMs });
  const readOnly = new PrismaBetterSqlite3({ url: path, timeout: 250, readonly: true });
  const read = new PrismaClient({ adapter: readOnly });
  const gate = openWriteGate(writer, statements.run, clock);
  return {
    kind: 'sqlite',
    read,
    write: gate.write,
    async close() {
      await gate.close();
      statements.close();
      await read.$disconnect();
      await writer.$disconnect();
    },
  };
}

async function openPostgres(url: string, clock: Clock): Promise<Db> {
  const pool = openPool(url);
  const adapter = new PrismaPg(pool, { disposeExternalPool: true });
  // The two generated clients differ in nothing that is used here, so one type serves both.
  const client = new PostgresClient({ adapter, transactionOptions }) as unknown as Client;
  return {
    kind: 'postgresql',
    read: client,
    write: writeAtOnce(client, runOnPostgres(pool), clock),
    close: () => client.$disconnect(),
  };
}
