// Runs a redis-server of this service's own beside the database file, and ends it with the service.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Clock } from '../clock.js';
import { Fault } from '../errors.js';
import type { Logger } from '../log.js';

export interface PrivateRedis {
  /** The Unix socket it listens on; it has no TCP port. */
  socket: string;
  stop(): Promise<void>;
}

/**
 * The shell ends Redis when the pipe from this process closes, so that Redis goes also when this process is killed. `wait`
 * is interrupted by nothing but the end of redis-server.
 */
const keeper = `redis-server "$@" <&- & server=$!
(cat >/dev/null; kill "$server" 2>/dev/null) <&3 &
exec 3<&-; wait "$server"`;

const longestSocketPath = 100;
const startWithinMs = 15_000;
const unusedWithinMs = 5000;
const longestStartMs = unusedWithinMs + startWithinMs + 5000;
const restartAfterMs = 1000;

/**
 * Starts it and, should it end by itself, starts it again until it is stopped.
 * @param databasePath the SQLite file; Redis keeps its append-only file in `<databasePath>.redis/`
 * @throws Fault `redis_unavailable` when it does not start, `already_running` when another service is on this file
 */
export async function startPrivateRedis(
  ctx: { clock: Clock; log: Logger },
  databasePath: string,
): Promise<PrivateRedis> {
  const folder = `${resolve(databasePath)}.redis`;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return startAlone(folder, ctx.clock, () => startIn(ctx, folder));
}

async function startIn(ctx: { clock: Clock; log: Logger }, folder: string): Promise<PrivateRedis> {
  const socket = socketIn(folder);
  await waitUntilUnused(socket, ctx.clock);
  let stopping = false;
  let server = launch(folder, socket);
  try {
    await waitUntilReady(server, socket, ctx.clock);
  } catch (error) {
    await server.stop();
    throw error;
  }
  const watch = () => {
    void server.ended.then(async () => {
      if (stopping) return;
      ctx.log.error({ said: server.lastLine() }, 'the private redis-server ended; starting it again');
      await ctx.clock.sleep(restartAfterMs);
      if (stopping) return;
      server = launch(folder, socket);
      watch();
    });
  };
  watch();
  return {
    socket,
    async stop() {
      stopping = true;
      await server.stop();
    },
  };
}

interface Server {
  ended: Promise<void>;
  hasEnded(): boolean;
  /** The end of what it printed. */
  lastLine(): string;
  stop(): Promise<void>;
}

function launch(folder: string, socket: string): Server {
  const settings = {
    '--port': '0',
    '--unixsocket': socket,
    '--unixsocketperm': '700',
    '--dir': folder,
    '--appendonly': 'yes',
    '--appendfsync': 'everysec',
    '--save': '',
    '--maxmemory-policy': 'noeviction',
  };
  const child = spawn('/bin/sh', ['-c', keeper, 'redis', ...Object.entries(settings).flat()], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    // A Ctrl-C in the terminal is for the service, which ends Redis itself when its own work is done.
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-2000);
    });
  }
  const ended = new Promise<void>((done) => child.once('exit', () => done()));
  return {
    ended,
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    lastLine: () => output.trim().split('\n').at(-1) ?? '',
    async stop() {
      child.stdio[3]?.destroy();
      await ended;
    },
  };
}

async function waitUntilReady(server: Server, socket: string, clock: Clock): Promise<void> {
  const deadline = clock.now() + startWithinMs;
  for (;;) {
    const state = await askState(socket);
    if (state === 'ready') return;
    // Reading a long append-only file takes its time, but then it says so.
    if (server.hasEnded() || (state === 'silent' && clock.now() > deadline)) {
      const said = server.lastLine() || 'it said nothing';
      throw new Fault(
        'redis_unavailable',
        `GMP_REDIS_URL is not set and the private redis-server did not start: ${said}`,
      );
    }
    await clock.sleep(20);
  }
}

/** One start at a time: two that find no Redis at the same moment would end with two on one append-only file. */
async function startAlone<T>(folder: string, clock: Clock, start: () => Promise<T>): Promise<T> {
  const mark = join(folder, 'starting');
  while (!makeMark(mark, clock)) await clock.sleep(50);
  try {
    return await start();
  } finally {
    rmSync(mark, { recursive: true, force: true });
  }
}

/** A mark older than any start takes was left by one that was killed. */
function makeMark(mark: string, clock: Clock): boolean {
  try {
    mkdirSync(mark);
    return true;
  } catch (error) {
    const made = statSync(mark, { throwIfNoEntry: false });
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    if (made && clock.now() - made.mtimeMs > longestStartMs) rmSync(mark, { recursive: true, force: true });
    return false;
  }
}

/** Whether `redis-server` can be started at all. @throws Fault `redis_unavailable` */
export async function requireRedisServer(): Promise<void> {
  const code = await new Promise<number | null>((done) => {
    const child = spawn('redis-server', ['--version'], { stdio: 'ignore' });
    child.once('error', () => done(null));
    child.once('exit', done);
  });
  if (code === 0) return;
  throw new Fault(
    'redis_unavailable',
    'GMP_REDIS_URL is not set and there is no redis-server to start: install it (apt-get install redis-server, brew install redis) or set GMP_REDIS_URL',
  );
}

/** A socket's path has 108 bytes at most, so beside a deep database it stands in the temporary folder. */
function socketIn(folder: string): string {
  const beside = join(folder, 'redis.sock');
  if (beside.length <= longestSocketPath) return beside;
  return join(tmpdir(), `mail-proxy-${createHash('sha256').update(folder).digest('hex').slice(0, 16)}.sock`);
}

/** A service killed a moment ago leaves a Redis that is just ending; two on one append-only file would ruin it. */
async function waitUntilUnused(socket: string, clock: Clock): Promise<void> {
  const deadline = clock.now() + unusedWithinMs;
  while ((await askState(socket)) !== 'silent') {
    if (clock.now() > deadline) {
      throw new Fault(
        'already_running',
        'GMP_DB_PATH is in use by another mail-proxy with a redis-server of its own; set GMP_REDIS_URL for both to share one',
      );
    }
    await clock.sleep(50);
  }
}

function askState(socket: string): Promise<'ready' | 'loading' | 'silent'> {
  return new Promise((done) => {
    const client = connect(socket, () => client.write('PING\r\n'));
    const finish = (state: 'ready' | 'loading' | 'silent') => {
      client.destroy();
      done(state);
    };
    client.setTimeout(1000, () => finish('silent'));
    client.once('error', () => finish('silent'));
    client.once('close', () => finish('silent'));
    client.once('data', (data) => finish(data.toString().startsWith('-LOADING') ? 'loading' : 'ready'));
  });
}
