// The embedded service: SQLite, a private Redis and a key file beside the database, for one service at a time.
import { chmod, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../src/clock.js';
import { openLog } from '../../src/log.js';
import { startPrivateRedis } from '../../src/queue/redis/private-redis.js';
import { startProgram } from '../support/programs/program.js';
import { refusedStart } from '../support/programs/refused-start.js';
import { type TempFolder, tempFolder } from '../support/programs/temp-folder.js';
import { waitFor } from '../support/programs/wait-for.js';
import { startRedis } from '../support/servers/redis.js';

let folder: TempFolder;
let path: string;
beforeEach(async () => {
  folder = await tempFolder('embedded');
  path = join(folder.path, 'mail.db');
});
afterEach(() => folder.remove());

const exists = async (file: string) => (await readdir(folder.path)).includes(file);

test('the database is ./mail_service.db in the working directory unless GMP_DB_PATH says otherwise', async () => {
  const service = await startProgram({}, { cwd: folder.path });
  expect(await exists('mail_service.db')).toBe(true);
  expect(await service.term()).toBe(0);
  expect((await readdir(folder.path)).sort()).toEqual([
    'mail_service.db',
    'mail_service.db.key',
    'mail_service.db.redis',
  ]);
});

test('the first start makes the encryption key beside the database, readable by its owner only', async () => {
  const first = await startProgram({ GMP_DB_PATH: path });
  await first.term();
  const made = await readFile(`${path}.key`, 'utf8');
  expect(Buffer.from(made, 'base64')).toHaveLength(32);
  expect((await stat(`${path}.key`)).mode & 0o777).toBe(0o600);
  expect((await stat(`${path}.redis`)).mode & 0o777).toBe(0o700);

  const second = await startProgram({ GMP_DB_PATH: path });
  await second.term();
  expect(await readFile(`${path}.key`, 'utf8')).toBe(made);
});

/** The mode of each file and folder beside the database. */
async function modes(): Promise<Record<string, string>> {
  const entries = await readdir(folder.path, { recursive: true, withFileTypes: true });
  const found = await Promise.all(
    entries
      .filter((entry) => entry.isFile() || entry.isDirectory())
      .map(async ({ name, parentPath }) => {
        const file = join(parentPath, name);
        return [relative(folder.path, file), ((await stat(file)).mode & 0o777).toString(8)] as const;
      }),
  );
  return Object.fromEntries(found);
}

test('the database and every file beside it can be read by their owner only, also those of an earlier start', async () => {
  const first = await startProgram({ GMP_DB_PATH: path });
  await first.api('POST', '/tenant', { id: 'shop' });
  const files = await modes();
  expect(Object.keys(files)).toEqual(
    expect.arrayContaining(['mail.db', 'mail.db-wal', 'mail.db-shm', 'mail.db.key', 'mail.db.redis']),
  );
  expect(Object.entries(files).filter(([, mode]) => !/^[67]00$/.test(mode))).toEqual([]);
  await first.kill();
  for (const name of ['mail.db', 'mail.db-wal', 'mail.db.key']) await chmod(join(folder.path, name), 0o644);
  const second = await startProgram({ GMP_DB_PATH: path });
  expect(Object.entries(await modes()).filter(([, mode]) => !/^[67]00$/.test(mode))).toEqual([]);
  await second.term();
});

test('settings in .env of the working directory count; a variable of the environment wins over it', async () => {
  await writeFile(
    join(folder.path, '.env'),
    '# from .env.example\nGMP_DB_PATH=./named.db\nGMP_LOG_FORMAT=json\nGMP_LOG_LEVEL="debug"\n',
  );
  const service = await startProgram({ GMP_LOG_LEVEL: 'info', GMP_LOG_FORMAT: '' }, { cwd: folder.path });
  expect(await exists('named.db')).toBe(true);
  const lines = service
    .output()
    .split('\n')
    .filter((line) => line.startsWith('{'));
  const levels: number[] = lines.map((line) => JSON.parse(line).level);
  expect(levels).toContain(30);
  expect(levels).not.toContain(20);
  await service.term();
});

test('a start whose key file is missing asks for it instead of making a key that cannot fit', async () => {
  const first = await startProgram({ GMP_DB_PATH: path });
  await first.term();
  await rm(`${path}.key`);
  const { code, lines } = await refusedStart({ GMP_DB_PATH: path });
  expect(lines).toEqual([
    `GMP_ENCRYPTION_KEY is not set and ${path}.key, which held the key of this database, is missing`,
  ]);
  expect(code).toBe(1);
  expect(await exists('mail.db.key')).toBe(false);
});

test('a second service on the same file is refused when each has a private Redis', async () => {
  const service = await startProgram({ GMP_DB_PATH: path });
  const { code, lines } = await refusedStart({ GMP_DB_PATH: path });
  expect(lines).toEqual([
    'GMP_DB_PATH is in use by another mail-proxy with a redis-server of its own; set GMP_REDIS_URL for both to share one',
  ]);
  expect(code).toBe(1);
  expect((await service.api('GET', '/ready')).status).toBe(200);
  expect(await service.term()).toBe(0);
});

test('two services on one file that share a Redis both start, with one key', async () => {
  const redis = await startRedis();
  const env = { GMP_DB_PATH: path, GMP_REDIS_URL: redis.url };
  const services = await Promise.all([startProgram(env), startProgram(env)]);
  expect(await Promise.all(services.map((service) => service.term()))).toEqual([0, 0]);
  await redis.stop();
  expect(await exists('mail.db.redis')).toBe(false);
});

test('the private Redis ends with the service, also when the service is killed, so that the next start succeeds', async () => {
  const service = await startProgram({ GMP_DB_PATH: path });
  expect(await readdir(`${path}.redis`)).toContain('redis.sock');
  await service.kill();
  await waitFor('the end of Redis', async () => !(await readdir(`${path}.redis`)).includes('redis.sock'));
  const next = await startProgram({ GMP_DB_PATH: path });
  expect(await next.term()).toBe(0);
});

const ctx = { clock: systemClock, log: openLog({ logLevel: 'silent', logFormat: 'json' }) };

test('of two private Redis servers that start in the same millisecond on one file, one is refused', async () => {
  const settled = await Promise.allSettled([startPrivateRedis(ctx, path), startPrivateRedis(ctx, path)]);
  const up = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const codes = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason.code] : []));
  await Promise.all(up.map((redis) => redis.stop()));
  expect([up.length, codes]).toEqual([1, ['already_running']]);
  expect(await readdir(`${path}.redis`)).not.toContain('starting');
});

test.each(['mail.db?mode=rwc', 'a b#c%20.db'])(
  'the database %s is a file of exactly this name',
  async (name) => {
    const service = await startProgram({ GMP_DB_PATH: join(folder.path, name), GMP_PRTO: '1' });
    expect(service.output()).toContain('unknown setting GMP_PRTO; did you mean GMP_PORT?');
    expect(await service.term()).toBe(0);
    expect((await readdir(folder.path)).sort()).toEqual([name, `${name}.key`, `${name}.redis`]);
  },
);
