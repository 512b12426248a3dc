// Makes a copy of the SQLite database that can be restored, while the service runs.
import { chmodSync, copyFileSync, cpSync, existsSync } from 'node:fs';
import Database from 'better-sqlite3';
import { Fault, reasonOf } from '../../errors.js';

/**
 * Copies the database with SQLite's own backup, and its key file and the folder of contents beside the copy. All are readable
 * by their owner alone.
 * @param contents the folder of large contents of attachments
 * @returns the files that were written
 * @throws Fault `database_unavailable`
 */
export async function copySqlite(path: string, file: string, contents: string): Promise<string[]> {
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
    // After the database, so that every content it names is there. One that was removed meanwhile had no message any more.
    const hasContents = existsSync(contents);
    if (hasContents) cpSync(contents, `${file}.attachments`, { recursive: true });
    const written = hasContents ? [file, `${file}.attachments`] : [file];
    if (!existsSync(`${path}.key`)) return written;
    copyFileSync(`${path}.key`, `${file}.key`);
    chmodSync(`${file}.key`, 0o600);
    return [...written, `${file}.key`];
  } catch (cause) {
    throw new Fault('database_unavailable', `${path} cannot be copied to ${file}: ${reasonOf(cause)}`, {
      cause,
    });
  }
}
