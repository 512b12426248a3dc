// Looks into a database as it lies there, past the service: its tables, and statements of a test's own.
import { existsSync } from 'node:fs';
import Database from 'better-sqlite3';
import { Client } from 'pg';
import type { FreshDatabase } from './databases.js';

type Row = Record<string, unknown>;

/** Runs one statement and returns its rows. Makes an SQLite file that is not there yet. */
export async function query(
  database: Pick<FreshDatabase, 'path' | 'kind'>,
  statement: string,
): Promise<Row[]> {
  if (database.kind === 'sqlite') {
    const db = new Database(database.path, { timeout: 20_000 });
    try {
      const prepared = db.prepare(statement);
      if (prepared.reader) return prepared.all() as Row[];
      prepared.run();
      return [];
    } finally {
      db.close();
    }
  }
  const client = new Client({ connectionString: database.path });
  await client.connect();
  try {
    return (await client.query<Row>(statement)).rows;
  } finally {
    await client.end();
  }
}

/** The names of its tables, in order; none where there is not even a file. */
export async function tablesOf(database: Pick<FreshDatabase, 'path' | 'kind'>): Promise<string[]> {
  if (database.kind === 'sqlite' && !existsSync(database.path)) return [];
  const statement =
    database.kind === 'sqlite'
      ? "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
      : "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1";
  return (await query(database, statement)).map(({ name }) => String(name));
}
