// Runs a redis-server of this service's own beside the database file, restarts it if it ends, and ends it with the service.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Clock } from '../../clock.js';
import { Fault } from '../../errors.js';
import type { Logger } from '../../log.js';
import { makeFolders } from '../../make-folders.js';
import { askState, launchRedis, waitUntilReady } from './redis-process.js';
import { withStartLock } from './start-lock.js';

interface PrivateRedis {
  /** The Unix socket it listens on; it has no TCP port. */
  socket: string;
  stop(): Promise<void>;
}

interface PrivateContext {
  clock: Clock;
  log: Logger;
}

const longestSocketPath = 100;
const startWithinMs = 15_000;
const unusedWithinMs = 5000;
const maxStartMs = unusedWithinMs + startWithinMs + 5000;
/** The pause before a restart doubles, so that a Redis that can never start does not fill the log. */
const restartMs = { first: 1000, most: 60_000 };

/**
 * Starts a redis-server and, if it ends by itself, starts it again until it is stopped.
 * @param databasePath the SQLite file; Redis keeps its append-only file in `<databasePath>.redis/`
 * @throws Fault `redis_unavailable` when it does not start, `already_running` when another service uses this file
 */
export async function startPrivateRedis(ctx: PrivateContext, databasePath: string): Promise<PrivateRedis> {
  const folder = `${resolve(databasePath)}.redis`;
  makeFolders(folder);
  chmodSync(folder, 0o700);
  return withStartLock(folder, ctx.clock, maxStartMs, async () => {
    const socket = socketIn(folder);
    await waitUntilUnused(socket, ctx.clock);
    return superviseRedis(ctx, folder, socket);
  });
}

async function superviseRedis(ctx: PrivateContext, folder: string, socket: string): Promise<PrivateRedis> {
  let isStopping = false;
  let server = launchRedis(folder, socket);
  try {
    await waitUntilReady(server, socket, ctx.clock, startWithinMs);
  } catch (error) {
    await server.stop();
    throw error;
  }
  const watch = async () => {
    let pauseMs = restartMs.first;
    while (!isStopping) {
      const startedAt = ctx.clock.monotonic();
      await server.ended;
      if (isStopping) return;
      if (ctx.clock.monotonic() - startedAt > restartMs.most) pauseMs = restartMs.first;
      const facts = { event: 'redis.private_ended', output: server.lastLine() };
      ctx.log.error(facts, 'The private redis-server ended; starting it again');
      await ctx.clock.sleep(pauseMs);
      pauseMs = Math.min(2 * pauseMs, restartMs.most);
      if (!isStopping) server = launchRedis(folder, socket);
    }
  };
  void watch();
  return {
    socket,
    async stop() {
      isStopping = true;
      await server.stop();
    },
  };
}

/** Checks that `redis-server` is installed. @throws Fault `redis_unavailable` */
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

/** A socket's path has 108 bytes at most, so the socket of a deep database lies in the temporary folder. */
function socketIn(folder: string): string {
  const beside = join(folder, 'redis.sock');
  if (beside.length <= longestSocketPath) return beside;
  return join(tmpdir(), `mail-proxy-${createHash('sha256').update(folder).digest('hex').slice(0, 16)}.sock`);
}

/** A service that was killed a moment ago leaves a Redis that is still ending. */
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
