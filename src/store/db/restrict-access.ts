// Makes the files of an SQLite database readable and writable by their owner alone, because mails stand in them.
import { chmodSync, closeSync, existsSync, openSync } from 'node:fs';
import { Fault, reasonOf } from '../../errors.js';

const ownerOnly = 0o600;

/**
 * Creates the file if it is missing. SQLite gives the files that it makes beside the database the mode of the database;
 * those that an earlier version has left are changed here, and so is the file of the encryption key.
 * @throws Fault `database_unavailable`
 */
export function restrictAccess(path: string): void {
  try {
    closeSync(openSync(path, 'a', ownerOnly));
  } catch (cause) {
    const sentence = `GMP_DB_PATH ${path} cannot be opened: ${reasonOf(cause)}`;
    throw new Fault('database_unavailable', sentence, { cause });
  }
  for (const file of [path, `${path}-wal`, `${path}-shm`, `${path}-journal`, `${path}.key`]) {
    if (existsSync(file)) restrict(file);
  }
}

/** A file of another user, to which this process has access by its group, stays as that user has made it. */
function restrict(file: string): void {
  try {
    chmodSync(file, ownerOnly);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) throw error;
  }
}
