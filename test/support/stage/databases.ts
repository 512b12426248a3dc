// Gives a test file an empty database of the kind its vitest project runs on (TEST_DATABASE).
import { join } from 'node:path';
import { tempFolder } from '../programs/temp-folder.js';
import { createDatabase, dropDatabase } from '../servers/postgres.js';

export interface FreshDatabase {
  /** The value for GMP_DB_PATH: a file path or a postgresql:// address. */
  path: string;
  kind: 'sqlite' | 'postgresql';
  drop(): Promise<void>;
}

export async function freshDatabase(): Promise<FreshDatabase> {
  const kind = process.env.TEST_DATABASE ?? 'sqlite';
  if (kind === 'postgresql') return freshPostgresql();
  if (kind === 'sqlite') return freshSqlite();
  throw new Error(`TEST_DATABASE is "${kind}", must be sqlite or postgresql`);
}

async function freshSqlite(): Promise<FreshDatabase> {
  const folder = await tempFolder('sqlite');
  return { kind: 'sqlite', path: join(folder.path, 'mail-proxy.db'), drop: folder.remove };
}

async function freshPostgresql(): Promise<FreshDatabase> {
  const { inject } = await import('vitest');
  const path = await createDatabase(inject('postgresUrl'));
  return { kind: 'postgresql', path, drop: () => dropDatabase(path) };
}
