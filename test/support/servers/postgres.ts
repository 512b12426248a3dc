// Starts a PostgreSQL server of its own on 127.0.0.1, and makes and drops databases on it.
import { randomBytes } from 'node:crypto';
import { chown } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, escapeIdentifier } from 'pg';
import { type Child, startChild } from '../programs/child.js';
import { freePort } from '../programs/free-port.js';
import { tempFolder } from '../programs/temp-folder.js';
import { postgresBinFolder, postgresOwner } from './postgres-programs.js';

export interface PostgresOptions {
  /** Leave fsync on, for measurements; by default it is off, which survives a kill of the server, not of the machine. */
  durable?: boolean;
}

export interface PostgresServer {
  readonly port: number;
  readonly pid: number;
  /** `postgresql://` address of a database on this server; default: the maintenance database. */
  url(database?: string): string;
  /** Makes an empty database (a random name by default) and returns its address. */
  createDatabase(name?: string): Promise<string>;
  dropDatabase(url: string): Promise<void>;
  /** Ends it in an orderly way and removes its folder. */
  stop(): Promise<void>;
  /** Ends it at once, without a checkpoint, as a crash does; `restart()` brings it back. */
  kill(): Promise<void>;
  /** Stops it if it runs, and starts it on the same port and data. */
  restart(): Promise<void>;
}

const START_TIMEOUT_MS = 60_000;
const PORT_TRIES = 5;
const MAX_CONNECTIONS = 200;

type Cluster = { bin: string; data: string; owner: { uid?: number; gid?: number }; settings: string[] };

export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const bin = postgresBinFolder();
  const owner = await postgresOwner();
  const folder = await tempFolder('postgres');
  const settings = [
    `max_connections=${MAX_CONNECTIONS}`,
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
  ];
  // Compiling a statement to machine code takes longer than any statement of a test. Databases that live for seconds need no
  // vacuum, and what it learns of one keeps it from being used again.
  if (!options.durable) {
    settings.push('fsync=off', 'full_page_writes=off', 'jit=off', 'autovacuum=off');
    settings.push('wal_level=minimal', 'max_wal_senders=0');
  }
  const cluster: Cluster = { bin, data: join(folder.path, 'data'), owner, settings };
  let port: number;
  let child: Child;
  try {
    if (owner.uid !== undefined && owner.gid !== undefined) await chown(folder.path, owner.uid, owner.gid);
    await initialise(cluster, folder.path);
    ({ port, child } = await startOnSomePort(cluster, folder.path));
  } catch (error) {
    await folder.remove();
    throw error;
  }
  const url = (database = 'postgres') =>
    `postgresql://postgres@127.0.0.1:${port}/${encodeURIComponent(database)}`;
  return {
    port,
    get pid() {
      return child.pid;
    },
    url,
    createDatabase: (name) => createDatabase(url(), { name }),
    dropDatabase,
    stop: async () => {
      await child.end('SIGINT'); // "fast": does not wait for its clients
      await folder.remove();
    },
    kill: async () => {
      await child.end('SIGQUIT'); // "immediate"; a SIGKILL would leave its backends running for a while
    },
    restart: async () => {
      await child.end('SIGINT');
      child = await startOn(port, cluster, folder.path);
    },
  };
}

/**
 * Makes a database on the server `serverUrl` points into, and returns its address.
 * @param template the database it is a copy of; by default an empty one
 */
export async function createDatabase(
  serverUrl: string,
  { name = `test_${randomBytes(8).toString('hex')}`, template = 'template0' } = {},
): Promise<string> {
  await onServer(
    serverUrl,
    `CREATE DATABASE ${escapeIdentifier(name)} TEMPLATE ${escapeIdentifier(template)}`,
  );
  return databaseUrl(serverUrl, name);
}

/** Drops the database `url` names, with whoever is still connected to it. */
export async function dropDatabase(url: string): Promise<void> {
  const database = decodeURIComponent(new URL(url).pathname.slice(1));
  const serverUrl = databaseUrl(url, 'postgres');
  await onServer(serverUrl, `DROP DATABASE IF EXISTS ${escapeIdentifier(database)} WITH (FORCE)`);
}

function databaseUrl(anyUrl: string, database: string): string {
  const url = new URL(anyUrl);
  url.pathname = `/${encodeURIComponent(database)}`;
  return url.href;
}

async function onServer(serverUrl: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: serverUrl });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

async function initialise({ bin, data, owner }: Cluster, cwd: string): Promise<void> {
  const args = ['-D', data, '--no-sync', '--auth=trust', '-U', 'postgres', '--encoding=UTF8', '--locale=C'];
  // Upper and lower case beyond ASCII, as in any real installation.
  if (process.platform === 'linux') args.push('--lc-ctype=C.UTF-8');
  const child = startChild(join(bin, 'initdb'), args, { cwd, ...owner });
  const { code } = await child.exited;
  if (code !== 0) throw new Error(`initdb failed:\n${child.output()}`);
}

async function startOnSomePort(cluster: Cluster, cwd: string): Promise<{ port: number; child: Child }> {
  for (let tries = 1; ; tries++) {
    const port = await freePort();
    try {
      return { port, child: await startOn(port, cluster, cwd) };
    } catch (error) {
      if (!/address already in use/i.test(String(error)) || tries === PORT_TRIES) throw error;
    }
  }
}

async function startOn(port: number, { bin, data, owner, settings }: Cluster, cwd: string): Promise<Child> {
  const args = ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])];
  const child = startChild(join(bin, 'postgres'), args, { cwd, ...owner, lastSignal: 'SIGQUIT' });
  try {
    await child.printed(/database system is ready to accept connections/, START_TIMEOUT_MS);
    return child;
  } catch (error) {
    await child.end('SIGQUIT');
    throw error;
  }
}
