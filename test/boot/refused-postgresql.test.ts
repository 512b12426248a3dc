// A start with a PostgreSQL that cannot be used fails with one sentence, which never has the password of the URL.
import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '../support/programs/free-port.js';
import { refusedStart } from '../support/programs/refused-start.js';
import { type PostgresServer, startPostgres } from '../support/servers/postgres.js';
import { type RedisServer, startRedis } from '../support/servers/redis.js';
import { query, tablesOf } from '../support/stage/tables.js';

const key = Buffer.alloc(32, 7).toString('base64');

let redis: RedisServer;
let postgres: PostgresServer;
let database: { kind: 'postgresql'; path: string };
beforeAll(async () => {
  [redis, postgres] = await Promise.all([startRedis(), startPostgres()]);
  database = { kind: 'postgresql', path: await postgres.createDatabase() };
});
afterAll(async () => {
  await Promise.all([redis.stop(), postgres.stop()]);
});

async function refusal(path: string): Promise<string> {
  const env = { GMP_DB_PATH: path, GMP_REDIS_URL: redis.url, GMP_ENCRYPTION_KEY: key };
  const { code, stdout, lines, created } = await refusedStart(env);
  expect({ code, stdout, created }).toEqual({ code: 1, stdout: '', created: [] });
  expect(lines).toHaveLength(1);
  expect(lines[0]).not.toContain('hidden');
  return lines[0] ?? '';
}

function pathWith(change: (url: URL) => void): string {
  const url = new URL(database.path);
  change(url);
  return url.href;
}

test('PostgreSQL: a port without a listener', async () => {
  const port = await freePort();
  expect(await refusal(`postgresql://mail:hidden@127.0.0.1:${port}/mail`)).toBe(
    `GMP_DB_PATH names a PostgreSQL that refuses: connect ECONNREFUSED 127.0.0.1:${port}`,
  );
});

test('PostgreSQL: a text that is no URL', async () => {
  expect(await refusal('postgresql://mail:hidden@127.0.0.1:99999/mail')).toBe(
    'GMP_DB_PATH names a PostgreSQL that refuses: Invalid URL',
  );
});

test('PostgreSQL: a database that does not exist', async () => {
  const path = pathWith((url) => {
    url.pathname = '/nowhere';
  });
  expect(await refusal(path)).toBe(
    'GMP_DB_PATH names a PostgreSQL that refuses: database "nowhere" does not exist',
  );
});

test('PostgreSQL: a wrong password', async () => {
  await query(database, "CREATE ROLE stranger LOGIN PASSWORD 'right'");
  const [found] = await query(database, 'SHOW hba_file');
  const file = String(found?.hba_file);
  await writeFile(file, `host all stranger 127.0.0.1/32 scram-sha-256\n${await readFile(file, 'utf8')}`);
  await query(database, 'SELECT pg_reload_conf()');
  const path = pathWith((url) => {
    url.username = 'stranger';
    url.password = 'hidden';
  });
  expect(await refusal(path)).toBe(
    'GMP_DB_PATH names a PostgreSQL that refuses: password authentication failed for user "stranger"',
  );
});

test('PostgreSQL: the database of another program, which is not changed', async () => {
  await query(database, 'CREATE TABLE recipes (name TEXT)');
  expect(await refusal(database.path)).toBe('GMP_DB_PATH names a database that belongs to something else');
  expect(await tablesOf(database)).toEqual(['recipes']);
});
