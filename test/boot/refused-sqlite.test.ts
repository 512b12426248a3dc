// A start with a GMP_DB_PATH that cannot be used fails with one sentence and does not change a byte of the file.
import { hash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { knownMigrations } from '../../src/store/db/migrate.js';
import { refusedStart } from '../support/programs/refused-start.js';
import { type TempFolder, tempFolder } from '../support/programs/temp-folder.js';
import { query } from '../support/stage/tables.js';

let folder: TempFolder;
beforeEach(async () => {
  folder = await tempFolder('refused-sqlite');
});
afterEach(() => folder.remove());

/** The SHA-256 of every file below the folder. */
async function contents(): Promise<Record<string, string>> {
  const entries = await readdir(folder.path, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const hashed = files.map(async (file) => [file, hash('sha256', await readFile(file))] as const);
  return Object.fromEntries(await Promise.all(hashed));
}

async function refusal(path: string): Promise<string> {
  const before = await contents();
  const { code, stdout, lines, created } = await refusedStart({ GMP_DB_PATH: path });
  expect({ code, stdout, created }).toEqual({ code: 1, stdout: '', created: [] });
  expect(await contents()).toEqual(before);
  expect(lines).toHaveLength(1);
  return lines[0] ?? '';
}

test('SQLite: a path in a folder that does not exist', async () => {
  const path = join(folder.path, 'no', 'such', 'mail.db');
  expect(await refusal(path)).toBe(
    `GMP_DB_PATH ${path} lies in a folder that does not exist: ${join(folder.path, 'no', 'such')}`,
  );
  expect(await readdir(folder.path)).toEqual([]);
});

test('SQLite: a folder', async () => {
  const path = join(folder.path, 'data');
  await mkdir(path);
  expect(await refusal(path)).toBe(`GMP_DB_PATH ${path} is a folder; it has to name a file`);
  expect(await readdir(path)).toEqual([]);
});

test('SQLite: a file that is text', async () => {
  const path = join(folder.path, 'notes.txt');
  await writeFile(path, 'These are my notes; do not write into them.\n'.repeat(100));
  expect(await refusal(path)).toBe('GMP_DB_PATH names a file that is not an SQLite database');
});

test.each(['DELETE', 'WAL'])('SQLite: the database of another program (journal mode %s)', async (mode) => {
  const path = join(folder.path, 'other.db');
  await query({ path, kind: 'sqlite' }, `PRAGMA journal_mode = ${mode}`);
  await query({ path, kind: 'sqlite' }, 'CREATE TABLE recipes (name TEXT)');
  await query({ path, kind: 'sqlite' }, "INSERT INTO recipes VALUES ('soup')");
  expect(await refusal(path)).toBe('GMP_DB_PATH names a database that belongs to something else');
  expect(await readdir(folder.path)).toEqual(['other.db']);
});

test('SQLite: a database that a newer version has migrated', async () => {
  const path = join(folder.path, 'newer.db');
  const database = { path, kind: 'sqlite' } as const;
  await query(database, 'CREATE TABLE "_prisma_migrations" (migration_name TEXT, finished_at TEXT)');
  for (const name of [knownMigrations('sqlite')[0]?.name, '29991231000000_future']) {
    await query(database, `INSERT INTO "_prisma_migrations" VALUES ('${name}', '2999-12-31')`);
  }
  expect(await refusal(path)).toBe(
    'GMP_DB_PATH names a database of a newer mail-proxy (it has had the migration 29991231000000_future); update this one',
  );
});

test.each([':memory:', 'file:x.db'])('SQLite: %s is refused, and nothing is created', async (path) => {
  expect(await refusal(path)).toMatch(/^GMP_DB_PATH ".*" .*GMP_DB_PATH/);
});
