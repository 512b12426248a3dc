// Checks what the service keeps its mail in: the database, Redis, and the key that encrypts secrets.
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { promisify } from 'node:util';
import type { Config } from '../config.js';
import { reasonOf } from '../errors.js';
import { keyTextOf } from '../key-text.js';
import { connectRedis, readInfo } from '../queue/redis/connect-redis.js';
import { inspectDatabase } from '../store/db/migrate.js';
import { databaseKind } from '../store/db/open.js';
import { type Finding, ok, warning, wrong } from './finding.js';

const keyBytes = 32;

/** Reads the database and changes nothing in it. */
export async function checkDatabase({ dbPath }: Pick<Config, 'dbPath'>): Promise<Finding> {
  const kind = databaseKind(dbPath) === 'sqlite' ? `SQLite in ${dbPath}` : 'PostgreSQL';
  try {
    const missing = await inspectDatabase(dbPath);
    if (missing.length === 0) return ok('database', `${kind}, every migration is applied`);
    return ok('database', `${kind}; the next start applies ${missing.length} migrations`);
  } catch (error) {
    return wrong('database', reasonOf(error), 'Mend what the sentence names; GMP_DB_PATH names the database');
  }
}

/** @returns also the time that Redis has, when another machine may run it */
export async function checkRedis(
  { redisUrl }: Pick<Config, 'redisUrl'>,
  now: () => number,
): Promise<{ finding: Finding; clock?: { of: string; theirs: number; ours: number } }> {
  if (redisUrl === undefined) return { finding: await checkRedisServer() };
  try {
    const redis = await connectRedis(redisUrl);
    try {
      const info = await redis.info();
      const ours = now();
      const [seconds, micros] = await redis.time();
      const clock = { of: 'Redis', theirs: Number(seconds) * 1000 + Number(micros) / 1000, ours };
      return { finding: persistenceOf(info), clock };
    } finally {
      redis.disconnect();
    }
  } catch (error) {
    return {
      finding: wrong('redis', reasonOf(error), 'Mend what the sentence names, or name another Redis'),
    };
  }
}

/** Losing Redis loses no mail, but after a loss the queues are made anew from the database, which takes a while. */
function persistenceOf(info: string): Finding {
  const version = `Redis ${readInfo(info, 'redis_version') ?? 'of an unknown version'}, noeviction`;
  if (readInfo(info, 'aof_enabled') === '1') {
    const state = readInfo(info, 'aof_last_write_status');
    if (state === 'ok' || state === undefined) return ok('redis', `${version}, appendonly`);
    return wrong(
      'redis',
      `${version}; its append-only file cannot be written`,
      'See the log of Redis; is its disk full?',
    );
  }
  if (readInfo(info, 'rdb_last_bgsave_status') === 'err') {
    return wrong(
      'redis',
      `${version}; its last snapshot failed, so that it refuses to write`,
      'See the log of Redis; is its disk full?',
    );
  }
  return warning(
    'redis',
    `${version}, snapshots only`,
    'Set appendonly yes: after a restart of Redis, queues are there at once',
  );
}

async function checkRedisServer(): Promise<Finding> {
  try {
    const { stdout } = await promisify(execFile)('redis-server', ['--version'], { timeout: 5000 });
    const [, version = ''] = /v=(\S+)/.exec(stdout) ?? [];
    return ok('redis', `A private one, redis-server ${version}, appendonly`);
  } catch {
    const remedy = 'Install redis-server (apt-get install redis-server), or set GMP_REDIS_URL';
    return wrong('redis', 'There is no redis-server on this machine', remedy);
  }
}

export function checkKey({ dbPath, encryptionKey }: Pick<Config, 'dbPath' | 'encryptionKey'>): Finding {
  if (encryptionKey !== undefined) return ok('encryption key', 'GMP_ENCRYPTION_KEY is set');
  if (databaseKind(dbPath) !== 'sqlite') {
    return wrong(
      'encryption key',
      'With PostgreSQL there is none',
      'Set GMP_ENCRYPTION_KEY (openssl rand -base64 32)',
    );
  }
  const file = `${dbPath}.key`;
  if (!existsSync(file)) {
    if (!existsSync(dbPath)) return ok('encryption key', 'The first start makes one');
    return wrong('encryption key', `${file} is missing`, 'Restore it from the backup (docs/backup.md)');
  }
  if (Buffer.from(keyTextOf(readFileSync(file)), 'base64').length !== keyBytes) {
    return wrong('encryption key', `${file} holds no key of ${keyBytes} bytes`, 'Restore it from the backup');
  }
  if ((statSync(file).mode & 0o077) !== 0) {
    return wrong('encryption key', `Others than its owner can read ${file}`, `chmod 600 ${file}`);
  }
  return ok('encryption key', `In ${file}; back it up apart from the database`);
}
