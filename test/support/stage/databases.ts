// Gives a test a database of its own, of the kind its vitest project runs on (TEST_DATABASE): a migrated or an empty one.
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { migrate } from '../../../src/store/db/migrate.js';
import { emptyAgain, shapeOf } from '../postgres/empty-again.js';
import { ON_DISK, tempFolder } from '../programs/temp-folder.js';
import { createDatabase, dropDatabase } from '../servers/postgres.js';

export interface FreshDatabase {
  /** The value for GMP_DB_PATH: a file path or a postgresql:// address. */
  path: string;
  kind: 'sqlite' | 'postgresql';
  drop(): Promise<void>;
}

/** Has the tables and no rows. Copying a migrated database costs a fraction of migrating one. */
export function freshDatabase(): Promise<FreshDatabase> {
  return newDatabase(true);
}

/** For a test that has to meet a write in its middle: an SQLite file is on a disk, where writing takes its time. */
export function freshDatabaseOnDisk(): Promise<FreshDatabase> {
  return newDatabase(true, ON_DISK);
}

/** Has not even tables: for tests of what the first start does. An SQLite file does not exist yet. */
export function emptyDatabase(): Promise<FreshDatabase> {
  return newDatabase(false);
}

async function newDatabase(migrated: boolean, parent?: string): Promise<FreshDatabase> {
  const kind = process.env.TEST_DATABASE ?? 'sqlite';
  if (kind === 'postgresql') return newPostgresql(migrated);
  if (kind === 'sqlite') return newSqlite(migrated, parent);
  throw new Error(`TEST_DATABASE is "${kind}", must be sqlite or postgresql`);
}

async function newSqlite(migrated: boolean, parent?: string): Promise<FreshDatabase> {
  const folder = await tempFolder('sqlite', parent);
  const path = join(folder.path, 'mail-proxy.db');
  if (migrated) await copyFile(await migratedSqlite(), path);
  return { kind: 'sqlite', path, drop: folder.remove };
}

let sqliteTemplate: Promise<string> | undefined;

/** The file that others are copied from. This process makes it once, and removes it when it ends. */
function migratedSqlite(): Promise<string> {
  sqliteTemplate ??= tempFolder('sqlite-template').then(async (folder) => {
    const path = join(folder.path, 'mail-proxy.db');
    await migrate(path);
    return path;
  });
  return sqliteTemplate;
}

/** Databases that tests are done with, empty again: emptying one costs a tenth of making and dropping it. */
const spare: string[] = [];
let shape: Promise<string> | undefined;

async function newPostgresql(migrated: boolean): Promise<FreshDatabase> {
  const { inject } = await import('vitest');
  const serverUrl = inject('postgresUrl');
  if (!migrated) {
    const path = await createDatabase(serverUrl);
    return { kind: 'postgresql', path, drop: () => dropDatabase(path) };
  }
  const path = spare.pop() ?? (await createDatabase(serverUrl, { template: inject('postgresTemplate') }));
  shape ??= shapeOf(path);
  const migratedShape = await shape;
  let dropped: Promise<void> | undefined;
  const drop = async () => {
    if (await emptyAgain(path, migratedShape)) spare.push(path);
    else await dropDatabase(path);
  };
  return {
    kind: 'postgresql',
    path,
    drop: () => {
      dropped ??= drop();
      return dropped;
    },
  };
}
