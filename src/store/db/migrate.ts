// Brings the database up to date: applies the committed migrations under a lock, recorded as Prisma records them.
import { createHash, randomUUID } from 'node:crypto';
import { accessSync, constants, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import Database from 'better-sqlite3';
import pg from 'pg';
import { systemClock } from '../../clock.js';
import { Fault, reasonOf } from '../../errors.js';
import { packageFolder } from '../../package-folder.js';
import { databaseKind } from './open.js';
import { restrictAccess } from './restrict-access.js';
import type { DatabaseKind } from './sql.js';

interface Migration {
  name: string;
  sql: string;
}

/** The form Prisma gives its own table, so that `prisma migrate status` finds what it expects. */
const recordTable = {
  sqlite: `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
    "id" TEXT PRIMARY KEY NOT NULL, "checksum" TEXT NOT NULL, "finished_at" DATETIME, "migration_name" TEXT NOT NULL,
    "logs" TEXT, "rolled_back_at" DATETIME, "started_at" DATETIME NOT NULL DEFAULT current_timestamp,
    "applied_steps_count" INTEGER UNSIGNED NOT NULL DEFAULT 0)`,
  postgresql: `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
    "id" VARCHAR(36) PRIMARY KEY NOT NULL, "checksum" VARCHAR(64) NOT NULL, "finished_at" TIMESTAMPTZ,
    "migration_name" VARCHAR(255) NOT NULL, "logs" TEXT, "rolled_back_at" TIMESTAMPTZ,
    "started_at" TIMESTAMPTZ NOT NULL DEFAULT now(), "applied_steps_count" INTEGER NOT NULL DEFAULT 0)`,
};

/** The key of the advisory lock, unlikely to be used by another program in this database: "mailprox" in ASCII. */
const lockNumber = '7881692267846660984';
const oldestPostgres = 13;
const sqliteWaitMs = 20_000;

/** The migrations of this version, oldest first. */
export function knownMigrations(kind: DatabaseKind): Migration[] {
  const folder = new URL(`prisma/${kind}/migrations/`, packageFolder);
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => ({ name, sql: readFileSync(new URL(`${name}/migration.sql`, folder), 'utf8') }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * Checks that the database can be used, without changing or creating anything.
 * @returns the names of the migrations that the next start applies
 * @throws Fault `database_unavailable`, `database_not_ours`, `database_newer` or `database_older` (the server is)
 */
export async function inspectDatabase(path: string): Promise<string[]> {
  const kind = databaseKind(path);
  let applied: string[] = [];
  if (kind === 'postgresql') {
    await withPostgres(path, async (client) => {
      applied = await appliedIn(client);
      check(kind, await tablesOf(client), applied);
    });
  } else if (hasFile(path)) {
    // A read-only connection to a database in WAL mode leaves two files behind; one that may write removes them.
    withSqlite(path, existsSync(`${path}-wal`), (db) => {
      applied = appliedTo(db);
      check(kind, tablesIn(db), applied);
    });
  }
  return missing(kind, applied).map(({ name }) => name);
}

/** Applies the missing migrations. Several processes may do this at once. @throws the faults of `inspectDatabase` */
export async function migrate(path: string): Promise<void> {
  if (databaseKind(path) === 'sqlite') {
    restrictAccess(path);
    withSqlite(path, false, (db) => {
      // The journal mode comes first, because it cannot be set inside the transaction that serves as the lock.
      db.pragma('journal_mode = WAL');
      db.pragma('synchronous = FULL');
      const apply = db.transaction(() => {
        check('sqlite', tablesIn(db), appliedTo(db));
        db.exec(recordTable.sqlite);
        for (const { name, sql } of missing('sqlite', appliedTo(db))) {
          db.exec(sql);
          db.prepare(
            `INSERT INTO "_prisma_migrations" (id, checksum, finished_at, migration_name, applied_steps_count)
             VALUES (?, ?, current_timestamp, ?, 1)`,
          ).run(randomUUID(), checksum(sql), name);
        }
      });
      apply.exclusive();
    });
    return;
  }
  await withPostgres(path, async (client) => {
    await client.query('BEGIN');
    await client.query(`SELECT pg_advisory_xact_lock(${lockNumber})`);
    check('postgresql', await tablesOf(client), await appliedIn(client));
    await client.query(recordTable.postgresql);
    for (const { name, sql } of missing('postgresql', await appliedIn(client))) {
      await client.query(sql);
      await client.query(
        `INSERT INTO "_prisma_migrations" (id, checksum, finished_at, migration_name, applied_steps_count)
         VALUES ($1, $2, now(), $3, 1)`,
        [randomUUID(), checksum(sql), name],
      );
    }
    await client.query('COMMIT');
  });
}

function missing(kind: DatabaseKind, applied: string[]): Migration[] {
  return knownMigrations(kind).filter(({ name }) => !applied.includes(name));
}

function check(kind: DatabaseKind, tables: string[], applied: string[]): void {
  const known = knownMigrations(kind).map(({ name }) => name);
  const foreign = applied.find((name) => !known.includes(name));
  const ours = known[0] !== undefined && applied.includes(known[0]);
  if (tables.length > 0 && !ours) {
    throw new Fault('database_not_ours', 'GMP_DB_PATH names a database that belongs to something else');
  }
  if (foreign !== undefined) {
    const message = `GMP_DB_PATH names a database of a newer mail-proxy (it has had the migration ${foreign}); update this one`;
    throw new Fault('database_newer', message);
  }
}

/**
 * Whether the file exists. Refuses a folder in its place, and a missing or read-only folder around it, with a clear error:
 * SQLite would report each of them as a disk error.
 */
function hasFile(path: string): boolean {
  const refused = (why: string) => new Fault('database_unavailable', `GMP_DB_PATH ${path} ${why}`);
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory()) throw refused('is a folder; it has to name a file');
  const folder = dirname(resolve(path));
  if (!found && !existsSync(folder)) throw refused(`lies in a folder that does not exist: ${folder}`);
  try {
    accessSync(folder, constants.W_OK);
  } catch (cause) {
    throw new Fault(
      'database_unavailable',
      `GMP_DB_PATH ${path} lies in a folder that cannot be written to`,
      { cause },
    );
  }
  return found !== undefined;
}

function checksum(sql: string): string {
  return createHash('sha256').update(sql).digest('hex');
}

/** @param use is called again after a pause while another process has the database and SQLite does not wait by itself */
function withSqlite(path: string, readonly: boolean, use: (db: Database.Database) => void): void {
  const patience = systemClock.monotonic() + sqliteWaitMs;
  for (;;) {
    try {
      useSqlite(path, readonly, use);
      return;
    } catch (cause) {
      if (!isBusy(cause) || systemClock.monotonic() >= patience) throw cause;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
  }
}

/** For example, two programs switch the same file to WAL at once: SQLite does not wait there, to avoid a deadlock. */
function isBusy(fault: unknown): boolean {
  const cause = fault instanceof Fault ? fault.cause : undefined;
  return cause instanceof Error && 'code' in cause && String(cause.code).startsWith('SQLITE_BUSY');
}

function useSqlite(path: string, readonly: boolean, use: (db: Database.Database) => void): void {
  let db: Database.Database | undefined;
  try {
    db = new Database(path, { readonly, timeout: sqliteWaitMs });
    use(db);
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    const notOne = cause instanceof Error && 'code' in cause && cause.code === 'SQLITE_NOTADB';
    if (notOne)
      throw new Fault('database_not_ours', 'GMP_DB_PATH names a file that is not an SQLite database', {
        cause,
      });
    throw new Fault('database_unavailable', `GMP_DB_PATH ${path} cannot be opened: ${reasonOf(cause)}`, {
      cause,
    });
  } finally {
    db?.close();
  }
}

function tablesIn(db: Database.Database): string[] {
  return db
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    .pluck()
    .all() as string[];
}

function appliedTo(db: Database.Database): string[] {
  if (!tablesIn(db).includes('_prisma_migrations')) return [];
  return db
    .prepare('SELECT migration_name FROM "_prisma_migrations" WHERE finished_at IS NOT NULL')
    .pluck()
    .all() as string[];
}

async function withPostgres(url: string, use: (client: pg.Client) => Promise<void>): Promise<void> {
  let client: pg.Client | undefined;
  try {
    client = new pg.Client({
      connectionString: url,
      connectionTimeoutMillis: 10_000,
      application_name: 'mail-proxy',
    });
    await client.connect();
    const { rows } = await client.query<{ server_version_num: string }>('SHOW server_version_num');
    const version = Math.floor(Number(rows[0]?.server_version_num) / 10_000);
    if (version < oldestPostgres) {
      throw new Fault(
        'database_older',
        `GMP_DB_PATH names PostgreSQL ${version}; ${oldestPostgres} or later is needed`,
      );
    }
    await use(client);
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    // The URL may hold a password, so the message does not repeat it.
    throw new Fault(
      'database_unavailable',
      `GMP_DB_PATH names a PostgreSQL that refuses: ${reasonOf(cause)}`,
      { cause },
    );
  } finally {
    await client?.end().catch(() => undefined);
  }
}

async function tablesOf(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'",
  );
  return rows.map(({ name }) => name);
}

async function appliedIn(client: pg.Client): Promise<string[]> {
  if (!(await tablesOf(client)).includes('_prisma_migrations')) return [];
  const { rows } = await client.query<{ name: string }>(
    'SELECT migration_name AS name FROM "_prisma_migrations" WHERE finished_at IS NOT NULL',
  );
  return rows.map(({ name }) => name);
}
