// Starts a redis-server of its own on 127.0.0.1, on a free port, that can be killed and started again; or gives a logical
// database of one that this process shares among its stages.
import { Redis } from 'ioredis';
import { type Child, startChild } from '../programs/child.js';
import { freePort } from '../programs/free-port.js';
import { tempFolder } from '../programs/temp-folder.js';

export interface RedisOptions {
  /** Keep the data over a restart; by default nothing is written to disk. */
  appendonly?: boolean;
  password?: string;
  port?: number;
  /** How many logical databases it has. */
  databases?: number;
}

export interface RedisServer {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Ends it in an orderly way and removes its folder. */
  stop(): Promise<void>;
  /** SIGKILL; `restart()` brings it back. */
  kill(): Promise<void>;
  /** Stops it if it runs, and starts it on the same port and folder. */
  restart(): Promise<void>;
}

const START_TIMEOUT_MS = 20_000;
const PORT_TRIES = 5;

export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const folder = await tempFolder('redis');
  const started = await startOnSomePort(folder.path, options).catch(async (error: unknown) => {
    await folder.remove();
    throw error;
  });
  const { port } = started;
  let child = started.child;
  return {
    url: `redis://${options.password ? `:${encodeURIComponent(options.password)}@` : ''}127.0.0.1:${port}`,
    port,
    get pid() {
      return child.pid;
    },
    stop: async () => {
      await child.end('SIGTERM');
      await folder.remove();
    },
    kill: async () => {
      await child.end('SIGKILL');
    },
    restart: async () => {
      await child.end('SIGTERM');
      child = await startOn(port, folder.path, options);
    },
  };
}

/** The part of a shared server that belongs to one stage. */
export interface RedisDatabase {
  readonly url: string;
  /** Empties it. */
  stop(): Promise<void>;
}

/** More than one process sets stages. */
const sharedDatabases = 4096;

let shared: Promise<RedisServer> | undefined;
let used = 0;

/** A logical database that no other stage uses. Its server is started once, and ends with this process. */
export async function redisDatabase(): Promise<RedisDatabase> {
  shared ??= startRedis({ databases: sharedDatabases });
  const url = `${(await shared).url}/${used++ % sharedDatabases}`;
  return { url, stop: () => emptyRedis(url) };
}

/** Empties the logical database of this URL. */
export async function emptyRedis(url: string): Promise<void> {
  const client = new Redis(url);
  await client.flushdb();
  client.disconnect();
}

async function startOnSomePort(
  folder: string,
  options: RedisOptions,
): Promise<{ port: number; child: Child }> {
  for (let tries = 1; ; tries++) {
    const port = options.port ?? (await freePort());
    try {
      return { port, child: await startOn(port, folder, options) };
    } catch (error) {
      const taken = /address already in use/i.test(String(error));
      if (!taken || options.port !== undefined || tries === PORT_TRIES) throw error;
    }
  }
}

async function startOn(port: number, folder: string, options: RedisOptions): Promise<Child> {
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', ''];
  args.push('--appendonly', options.appendonly ? 'yes' : 'no', '--loglevel', 'notice');
  if (options.databases) args.push('--databases', String(options.databases));
  if (options.password) args.push('--requirepass', options.password);
  const child = startChild('redis-server', args, { cwd: folder });
  try {
    await child.printed(/ready to accept connections/i, START_TIMEOUT_MS);
    return child;
  } catch (error) {
    await child.end('SIGKILL');
    throw error;
  }
}
