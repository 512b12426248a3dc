// Connects to Redis, and says in one sentence why it cannot.
import { Redis, type RedisOptions } from 'ioredis';
import { Fault, reasonOf } from '../../errors.js';

const oldestVersion = [6, 2] as const;

/**
 * Opens the connection for commands, once Redis has answered and is recent enough.
 * @param target a redis:// or rediss:// URL, or the path of a Unix socket
 * @throws Fault `redis_unavailable`, naming the setting and never the password in the URL
 */
export async function connectRedis(target: string): Promise<Redis> {
  const options = {
    // Commands wait until Redis is back. Callers that must not wait check `redis.status` first.
    maxRetriesPerRequest: null,
    lazyConnect: true,
    connectTimeout: 5000,
    retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 6), 1000),
  } satisfies RedisOptions;
  await probe(target);
  const redis = open(target, options);
  redis.on('connect', () => writeTogether(redis.stream));
  await redis.connect();
  return duplicateWithoutScripts(redis);
}

type UsedOptions = Pick<
  RedisOptions,
  'lazyConnect' | 'connectTimeout' | 'commandTimeout' | 'maxRetriesPerRequest' | 'retryStrategy'
>;

/** A path is handed over as such: as part of a URL, a `?` in it would begin the query. */
function open(target: string, options: UsedOptions): Redis {
  return /^rediss?:/.test(target) ? new Redis(target, options) : new Redis({ ...options, path: target });
}

/**
 * Commands that are given in the same turn of the event loop go out in one write: 25 to 60 of them in a busy process. A
 * write for each cost a tenth of the processor time of a message, here and in Redis, which then answers one by one as well.
 */
function writeTogether(stream: Redis['stream']): void {
  const write = stream.write.bind(stream);
  let isCorked = false;
  function uncork(): void {
    isCorked = false;
    stream.uncork();
  }
  function writeCorked(...given: Parameters<typeof write>): boolean {
    if (!isCorked) {
      isCorked = true;
      stream.cork();
      setImmediate(uncork);
    }
    return write(...given);
  }
  Object.assign(stream, { write: writeCorked });
}

/**
 * Saves 100 KB of memory for each account that has work: every BullMQ worker duplicates this connection to wait for jobs,
 * and defines BullMQ's sixty scripts on the duplicate, although it calls none of them there.
 */
function duplicateWithoutScripts(redis: Redis): Redis {
  const duplicate = redis.duplicate.bind(redis);
  redis.duplicate = (options) => Object.assign(duplicate(options), { defineCommand: () => undefined });
  return redis;
}

/** Connects once and does not retry, because at start a refusal is final. */
async function probe(target: string): Promise<void> {
  const once = {
    lazyConnect: true,
    connectTimeout: 5000,
    commandTimeout: 5000,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  } satisfies RedisOptions;
  const redis = open(target, once);
  let refusal: unknown;
  redis.on('error', (error) => {
    refusal ??= error;
  });
  try {
    await redis.connect();
    const version = readInfo(await redis.info('server'), 'redis_version') ?? '0';
    const [major = 0, minor = 0] = version.split('.').map(Number);
    if (major < oldestVersion[0] || (major === oldestVersion[0] && minor < oldestVersion[1])) {
      throw new Fault(
        'redis_unavailable',
        `GMP_REDIS_URL names Redis ${version}; ${oldestVersion.join('.')} or later is needed`,
      );
    }
    const evicting = await whyEvicting(redis);
    if (evicting !== undefined) throw new Fault('redis_unavailable', `GMP_REDIS_URL: ${evicting}`);
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    throw new Fault('redis_unavailable', whyRefused(reasonOf(refusal ?? cause)), { cause });
  } finally {
    redis.disconnect();
  }
}

/** Puts the reason in plain words where those of the library or the server would not help. */
function whyRefused(reason: string): string {
  if (/^NOAUTH/.test(reason)) {
    return 'GMP_REDIS_URL names a Redis that wants a password: redis://:password@host:port';
  }
  if (/RESP type|Protocol error|EPIPE|ECONNRESET|[Cc]onnection is closed/.test(reason)) {
    return `GMP_REDIS_URL names a server that does not answer as Redis does: ${reason}`;
  }
  return `GMP_REDIS_URL names a Redis that refuses: ${reason}`;
}

/**
 * Whether Redis deletes keys of its own accord once its memory is full. Queued jobs would go without a trace.
 * @returns what is wrong and what to do; undefined also where the server does not tell its policy
 */
export async function whyEvicting(redis: Redis): Promise<string | undefined> {
  const policy = readInfo(await redis.info('memory'), 'maxmemory_policy');
  if (policy === undefined || policy === 'noeviction') return undefined;
  return `Redis deletes queued jobs when its memory is full (maxmemory-policy ${policy}): set its maxmemory-policy to noeviction`;
}

/** Reads a field of the answer to INFO. */
export function readInfo(info: string, field: string): string | undefined {
  const line = info.split(/\r?\n/).find((text) => text.startsWith(`${field}:`));
  return line?.slice(field.length + 1).trim();
}
