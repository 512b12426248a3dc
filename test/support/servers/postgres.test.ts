// A PostgreSQL of our own: databases come and go, and what was committed survives a crash.
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PostgresServer, startPostgres } from './postgres.js';

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

async function query(url: string, statement: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}

test('databases are empty, separate, made side by side, and dropped under their clients', async () => {
  const urls = await Promise.all(Array.from({ length: 8 }, () => server.createDatabase()));
  expect(new Set(urls).size).toBe(8);
  const [one = '', two = ''] = urls;
  await query(one, 'CREATE TABLE t (a text)');
  await expect(query(two, 'SELECT * FROM t')).rejects.toThrow('does not exist');

  const client = new Client({ connectionString: one });
  const cut = new Promise((resolve) => client.on('error', resolve));
  await client.connect();
  await server.dropDatabase(one);
  await cut;
  await expect(query(one, 'SELECT 1')).rejects.toThrow('does not exist');
});

test('takes an odd name, and knows upper case beyond ASCII', async () => {
  const url = await server.createDatabase('it"s a naïve name');
  expect(await query(url, "SELECT upper('ü') AS upper")).toEqual([{ upper: 'Ü' }]);
  await server.dropDatabase(url);
});

test('is back on the same port after a crash, with everything that was committed', async () => {
  const url = await server.createDatabase();
  await query(url, 'CREATE TABLE t (a int)');
  await query(url, 'INSERT INTO t VALUES (1)');
  await server.kill();
  await expect(query(url, 'SELECT 1')).rejects.toThrow();
  await server.restart();
  expect(await query(url, 'SELECT a FROM t')).toEqual([{ a: 1 }]);
});
