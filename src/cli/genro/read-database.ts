// Reads the tables of a genro-mail-proxy database, SQLite or PostgreSQL, and changes nothing in it.
import { existsSync } from 'node:fs';
import Database from 'better-sqlite3';
import { Client } from 'pg';
import { Fault, reasonOf } from '../../errors.js';

export type GenroRow = Record<string, unknown>;

export interface GenroDatabase {
  tenants: GenroRow[];
  accounts: GenroRow[];
  /** Messages that were neither sent nor given up, the oldest first. */
  pending: GenroRow[];
  /** Undefined: there is none. */
  instance: GenroRow | undefined;
}

/** A message is sent when it has a `sent` event, failed when it has an `error` event. */
const statements = {
  tenants: 'SELECT * FROM tenants ORDER BY id',
  accounts: 'SELECT * FROM accounts ORDER BY tenant_id, id',
  pending: `SELECT * FROM messages m WHERE smtp_ts IS NULL AND NOT EXISTS (
    SELECT 1 FROM message_events e WHERE e.message_pk = m.pk AND e.event_type IN ('sent', 'error')) ORDER BY created_at, pk`,
  instance: 'SELECT * FROM instance',
};

type ReadRows = (statement: string) => Promise<GenroRow[]>;

/**
 * @param path a file, or a postgresql:// URL
 * @throws Fault `database_not_ours` when it is no database of genro-mail-proxy 0.6 or 0.7
 */
export async function readGenroDatabase(path: string): Promise<GenroDatabase> {
  const isPostgres = /^postgres(ql)?:\/\//.test(path);
  if (!isPostgres && !existsSync(path)) throw new Fault('database_not_ours', `${path} does not exist`);
  try {
    return await (isPostgres ? readPostgres(path) : readSqlite(path));
  } catch (cause) {
    const shown = path.replace(/\/\/[^/@]*@/, '//***@');
    const sentence = `${shown} is no database of genro-mail-proxy 0.6 or 0.7: ${reasonOf(cause)}`;
    throw new Fault('database_not_ours', sentence, { cause });
  }
}

async function readSqlite(path: string): Promise<GenroDatabase> {
  const database = new Database(path, { readonly: true, fileMustExist: true });
  try {
    return await readAll(async (statement) => database.prepare(statement).all() as GenroRow[]);
  } finally {
    database.close();
  }
}

async function readPostgres(path: string): Promise<GenroDatabase> {
  const client = new Client({ connectionString: path });
  await client.connect();
  try {
    return await readAll(async (statement) => (await client.query<GenroRow>(statement)).rows);
  } finally {
    await client.end();
  }
}

async function readAll(read: ReadRows): Promise<GenroDatabase> {
  const tenants = await read(statements.tenants);
  const accounts = await read(statements.accounts);
  const pending = await read(statements.pending);
  // Installations that never set anything have no such row, and early ones no such table.
  const [instance] = await read(statements.instance).catch(() => []);
  return { tenants, accounts, pending, instance };
}
