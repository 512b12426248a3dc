// Makes a copy of the SQLite database that can be restored, while the service runs.
import { chmodSync, copyFileSync, existsSync } from 'node:fs';
import Database from 'better-sqlite3';
import { Fault, reasonOf } from '../../errors.js';

/**
 * Copies the database with SQLite's own backup, and its key file beside the copy. Both are readable by their owner alone.
 * @returns the files that were written
 * @throws Fault `database_unavailable`
 */
export async function copySqlite(path: string, file: string): Promise<string[]> {
  if (!existsSync(path)) throw new Fault('database_unavailable', `GMP_DB_PATH ${path} does not exist`);
  if (existsSync(file)) throw new Fault('database_unavailable', `${file} exists already; name another file`);
  try {
    const database = new Database(path, { fileMustExist: true });
    try {
      await database.backup(file);
    } finally {
      database.close();
    }
    chmodSync(file, 0o600);
    if (!existsSync(`${path}.key`)) return [file];
    copyFileSync(`${path}.key`, `${file}.key`);
    chmodSync(`${file}.key`, 0o600);
    return [file, `${file}.key`];
  } catch (cause) {
    throw new Fault('database_unavailable', `${path} cannot be copied to ${file}: ${reasonOf(cause)}`, {
      cause,
    });
  }
}
