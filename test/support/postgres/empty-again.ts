// Makes a database of PostgreSQL as it was when it was copied from the migrated template, unless a test changed more than rows.
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';

/** What differs from the template once a test has changed more than rows, or PostgreSQL has drawn conclusions from them. */
const shapeQuery = `SELECT md5(string_agg(part, ',' ORDER BY part)) AS shape FROM (
  SELECT concat_ws(' ', c.relname, a.attname, a.atttypid, a.attnotnull) AS part
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
    WHERE c.relnamespace = 'public'::regnamespace
  UNION ALL SELECT concat('analysed ', c.relname)
    FROM pg_class c JOIN pg_statistic s ON s.starelid = c.oid
    WHERE c.relnamespace = 'public'::regnamespace
  UNION ALL SELECT tgname FROM pg_trigger WHERE NOT tgisinternal
  UNION ALL SELECT conname FROM pg_constraint WHERE connamespace = 'public'::regnamespace
  UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
  UNION ALL SELECT migration_name FROM _prisma_migrations) parts`;
const usersQuery = `SELECT 1 FROM pg_stat_activity
  WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()`;
const tablesQuery = `SELECT string_agg(quote_ident(tablename), ', ') AS tables FROM pg_tables
  WHERE schemaname = 'public' AND tablename <> '_prisma_migrations'`;

/** A program that was killed a moment ago is still connected for a while. */
const tries = 20;
const pauseMs = 20;

/** The shape of a database, to be taken while it is as it was copied. */
export async function shapeOf(url: string): Promise<string> {
  return withClient(url, (client) => readShape(client));
}

/** @returns false where somebody stays connected, or the shape is another: then the database is of no more use */
export async function emptyAgain(url: string, shape: string): Promise<boolean> {
  try {
    return await withClient(url, async (client) => {
      if (!(await isLeft(client)) || (await readShape(client)) !== shape) return false;
      const { rows } = await client.query<{ tables: string }>(tablesQuery);
      await client.query(`TRUNCATE ${rows[0]?.tables} RESTART IDENTITY`);
      return true;
    });
  } catch {
    return false;
  }
}

async function isLeft(client: Client): Promise<boolean> {
  for (let n = 0; n < tries; n++) {
    if ((await client.query(usersQuery)).rowCount === 0) return true;
    await delay(pauseMs);
  }
  return false;
}

async function readShape(client: Client): Promise<string> {
  const { rows } = await client.query<{ shape: string }>(shapeQuery);
  return rows[0]?.shape ?? '';
}

async function withClient<T>(url: string, use: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
