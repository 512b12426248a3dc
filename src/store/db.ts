// Opens the database behind Prisma and gives it one shape, whichever of the two it is.
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import { PrismaPg } from '@prisma/adapter-pg';
import type { Clock } from '../clock.js';
import { PrismaClient as PostgresClient } from './generated/postgresql/client.js';
import { PrismaClient } from './generated/sqlite/client.js';
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

/** What `GMP_DB_PATH` names. */
export function databaseKind(path: string): DatabaseKind {
  return /^postgres(ql)?:\/\//.test(path) ? 'postgresql' : 'sqlite';
}

/** Opens a database that `migrate` has brought up to date. */
export async function openDatabase(path: string, clock: Clock): Promise<Db> {
  return databaseKind(path) === 'sqlite' ? openSqlite(path, clock) : openPostgres(path, clock);
}

async function openSqlite(path: string, clock: Clock): Promise<Db> {
  // Blocks the event loop while another process commits, so it is short; the write gate retries after it.
  const timeout = 1000;
  const writer = new PrismaClient({ adapter: new PrismaBetterSqlite3({ url: path, timeout }) });
  // FULL: a commit is on disk before it is answered, also over a power cut.
  for (const pragma of ['journal_mode = WAL', 'synchronous = FULL', 'foreign_keys = ON']) {
    await writer.$queryRawUnsafe(`PRAGMA ${pragma}`);
  }
  const read = new PrismaClient({ adapter: new PrismaBetterSqlite3({ url: path, timeout, readonly: true }) });
  const gate = openWriteGate(writer, clock);
  return {
    kind: 'sqlite',
    read,
    write: gate.write,
    async close() {
      await gate.close();
      await read.$disconnect();
      await writer.$disconnect();
    },
  };
}

async function openPostgres(url: string, clock: Clock): Promise<Db> {
  const pool = {
    connectionString: url,
    max: 10,
    connectionTimeoutMillis: 10_000,
    application_name: 'mail-proxy',
  };
  // The two generated clients differ in nothing that is used here, so one type serves both.
  const client = new PostgresClient({ adapter: new PrismaPg(pool) }) as unknown as Client;
  return {
    kind: 'postgresql',
    read: client,
    write: writeAtOnce(client, clock),
    close: () => client.$disconnect(),
  };
}
