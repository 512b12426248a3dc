// The service brings its database up to date itself, as `prisma migrate deploy` would, and leaves any other alone.
import { createHash } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { inspectDatabase, knownMigrations, migrate } from '../../../src/store/db/migrate.js';
import { type Child, startChild } from '../../support/programs/child.js';
import { emptyDatabase, type FreshDatabase } from '../../support/stage/databases.js';
import { query, tablesOf } from '../../support/stage/tables.js';

const ours = [
  '_prisma_migrations',
  'accounts',
  'activations',
  'attachment_contents',
  'attachment_pieces',
  'attempt_transcripts',
  'bounce_mailboxes',
  'bounces',
  'breakers',
  'bulk_changes',
  'clock_anchors',
  'command_log',
  'connection_shares',
  'dashboard_sessions',
  'encounters',
  'events',
  'file_links',
  'history_hours',
  'history_minutes',
  'history_progress',
  'idempotency_keys',
  'instance',
  'large_files',
  'learned_limits',
  'mail_ids',
  'message_attachments',
  'message_contents',
  'message_terms',
  'messages',
  'processes',
  'send_log',
  'send_scopes',
  'send_slots',
  'suppressions',
  'suspensions',
  'tenant_tokens',
  'tenant_usage',
  'tenants',
];

let database: FreshDatabase;
beforeEach(async () => {
  database = await emptyDatabase();
});
afterEach(() => database.drop());

const migration = (): Child => {
  const program = fileURLToPath(new URL('../../../dist/store/db/migrate.js', import.meta.url));
  const script = `import { migrate } from ${JSON.stringify(program)}; console.log('begun');
    await migrate(process.argv[1]); console.log('done');`;
  return startChild(process.execPath, ['--input-type=module', '-e', script, database.path]);
};

const records = () => query(database, 'SELECT * FROM "_prisma_migrations" ORDER BY migration_name');

test('an empty database gets every table', async () => {
  await migrate(database.path);
  expect(await tablesOf(database)).toEqual(ours);
});

test('every migration is recorded as Prisma does: its name, the SHA-256 of its file, when, and one step', async () => {
  await migrate(database.path);
  const expected = knownMigrations(database.kind).map(({ name, sql }) => ({
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    migration_name: name,
    checksum: createHash('sha256').update(sql).digest('hex'),
    started_at: expect.anything(),
    finished_at: expect.anything(),
    rolled_back_at: null,
    logs: null,
    applied_steps_count: 1,
  }));
  expect(await records()).toEqual(expected);
  expect(expected.length).toBeGreaterThan(0);
});

test('a second time nothing happens', async () => {
  await migrate(database.path);
  const before = await records();
  await inspectDatabase(database.path);
  await migrate(database.path);
  expect(await records()).toEqual(before);
});

test('four processes at once on an empty database all succeed, and each migration is applied once', async () => {
  const children = Array.from({ length: 4 }, migration);
  const exits = await Promise.all(children.map(({ exited }) => exited));
  expect(exits.map(({ code }, i) => [code, children[i]?.output()])).toEqual(
    children.map(() => [0, 'begun\ndone\n']),
  );
  expect(await tablesOf(database)).toEqual(ours);
  expect(await records()).toHaveLength(knownMigrations(database.kind).length);
});

test.runIf(process.env.TEST_DATABASE === 'sqlite')(
  'a reader in the way of the first start is waited for',
  async () => {
    const reader = new Database(database.path);
    // A lock for reading, on a file that is not in WAL mode yet: SQLite refuses to change the mode, at once.
    reader.exec('BEGIN; SELECT * FROM sqlite_master');
    const child = migration();
    await child.printed(/begun/, 20_000);
    // That it waits cannot be seen from here; that it has not given up can.
    await Promise.race([child.exited, setTimeout(500)]);
    expect(child.running, child.output()).toBe(true);
    reader.close();
    expect(await child.exited).toMatchObject({ code: 0 });
    expect(await tablesOf(database)).toEqual(ours);
  },
);

test('looking at a database creates nothing', async () => {
  await inspectDatabase(database.path);
  expect(await tablesOf(database)).toEqual([]);
});

test('a database that belongs to something else is refused and left as it is', async () => {
  await query(database, 'CREATE TABLE recipes (name TEXT)');
  await query(database, "INSERT INTO recipes VALUES ('soup')");
  await expect(inspectDatabase(database.path)).rejects.toMatchObject({ code: 'database_not_ours' });
  await expect(migrate(database.path)).rejects.toMatchObject({ code: 'database_not_ours' });
  expect(await tablesOf(database)).toEqual(['recipes']);
  expect(await query(database, 'SELECT * FROM recipes')).toEqual([{ name: 'soup' }]);
});

test("another program's Prisma database is refused as well", async () => {
  await query(database, 'CREATE TABLE "_prisma_migrations" (migration_name TEXT, finished_at TEXT)');
  await query(database, `INSERT INTO "_prisma_migrations" VALUES ('20200101000000_recipes', '2020-01-01')`);
  await expect(migrate(database.path)).rejects.toMatchObject({ code: 'database_not_ours' });
});

test('a database of a newer version is refused and left as it is', async () => {
  await migrate(database.path);
  await query(database, `UPDATE "_prisma_migrations" SET logs = 'as it was'`);
  await query(
    database,
    `INSERT INTO "_prisma_migrations" (id, checksum, migration_name, finished_at)
     VALUES ('x', 'x', '29991231000000_future', '2999-12-31 00:00:00')`,
  );
  const before = await records();
  const fault = { code: 'database_newer', message: expect.stringContaining('29991231000000_future') };
  await expect(inspectDatabase(database.path)).rejects.toMatchObject(fault);
  await expect(migrate(database.path)).rejects.toMatchObject(fault);
  expect(await records()).toEqual(before);
});
