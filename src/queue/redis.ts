// Connects to Redis, given or private, and says in one sentence why it cannot.
import { Redis, type RedisOptions } from 'ioredis';
import { Fault, reasonOf } from '../errors.js';

const oldest = [6, 2] as const;

/**
 * Opens the connection for commands, once Redis has answered and is recent enough.
 * @param target a redis:// or rediss:// URL, or the path of a Unix socket
 * @throws Fault `redis_unavailable`, naming the setting and never the password in the URL
 */
export async function connectRedis(target: string): Promise<Redis> {
  const options = {
    // Commands wait for Redis to come back; what must not wait asks for the state of the connection first.
    maxRetriesPerRequest: null,
    lazyConnect: true,
    connectTimeout: 5000,
    retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 6), 1000),
  } satisfies RedisOptions;
  await probe(target);
  const redis = new Redis(target, options);
  await redis.connect();
  return withLeanDuplicates(redis);
}

/**
 * Every BullMQ worker makes itself a connection of this one to wait for jobs on, and defines BullMQ's sixty scripts on it,
 * none of which it calls there: 100 KB of memory for each account that has work.
 */
function withLeanDuplicates(redis: Redis): Redis {
  const duplicate = redis.duplicate.bind(redis);
  redis.duplicate = (options) => Object.assign(duplicate(options), { defineCommand: () => undefined });
  return redis;
}

/** Asks once, without trying again: at start a refusal is final. */
async function probe(target: string): Promise<void> {
  const once = {
    lazyConnect: true,
    connectTimeout: 5000,
    commandTimeout: 5000,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  } satisfies RedisOptions;
  const redis = new Redis(target, once);
  let refusal: unknown;
  redis.on('error', (error) => {
    refusal ??= error;
  });
  try {
    await redis.connect();
    const version = readInfo(await redis.info('server'), 'redis_version') ?? '0';
    const [major = 0, minor = 0] = version.split('.').map(Number);
    if (major < oldest[0] || (major === oldest[0] && minor < oldest[1])) {
      throw new Fault(
        'redis_unavailable',
        `GMP_REDIS_URL names Redis ${version}; ${oldest.join('.')} or later is needed`,
      );
    }
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    throw new Fault('redis_unavailable', whyRefused(reasonOf(refusal ?? cause)), { cause });
  } finally {
    redis.disconnect();
  }
}

/** What the library or the far side said, put plainly where its words would not help. */
function whyRefused(reason: string): string {
  if (/^NOAUTH/.test(reason)) {
    return 'GMP_REDIS_URL names a Redis that wants a password: redis://:password@host:port';
  }
  if (/RESP type|Protocol error|EPIPE|ECONNRESET|[Cc]onnection is closed/.test(reason)) {
    return `GMP_REDIS_URL names a server that does not answer as Redis does: ${reason}`;
  }
  return `GMP_REDIS_URL names a Redis that refuses: ${reason}`;
}

/** Names this run of the Redis server: another answer means that it was restarted, perhaps with less than it had. */
export async function findRunId(redis: Redis): Promise<string> {
  return readInfo(await redis.info('server'), 'run_id') ?? 'unknown';
}

function readInfo(info: string, field: string): string | undefined {
  const line = info.split(/\r?\n/).find((text) => text.startsWith(`${field}:`));
  return line?.slice(field.length + 1).trim();
}
