// `mail-proxy serve` reports each bad setting in one line and creates nothing before.
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startProgram } from '../support/programs/program.js';
import { refusedStart } from '../support/programs/refused-start.js';
import { type TempFolder, tempFolder } from '../support/programs/temp-folder.js';
import { startRedis } from '../support/servers/redis.js';
import { emptyDatabase } from '../support/stage/databases.js';

const key = Buffer.alloc(32, 7).toString('base64');

let folder: TempFolder;
beforeAll(async () => {
  folder = await tempFolder('serve');
});
afterAll(() => folder.remove());

test('all bad settings are named at once, one line each, and secrets without their values', async () => {
  const { code, stdout, lines, created } = await refusedStart({
    GMP_PORT: 'eighty',
    GMP_ROLES: 'api,sender',
    GMP_MAX_RETRIES: '-1',
    GMP_API_TOKEN: 'tiny',
    GMP_ENCRYPTION_KEY: 'not-a-key',
    GMP_REDIS_URL: 'http://user:hidden@redis',
    GMP_SMTP_PASSWORD_FILE: '/no/such/file',
  });
  expect(lines.sort()).toEqual([
    'GMP_API_TOKEN is shorter than 8 characters',
    'GMP_ENCRYPTION_KEY is not 32 bytes in base64',
    'GMP_MAX_RETRIES "-1" is not between 0 and 100',
    'GMP_PORT "eighty" is not a whole number',
    'GMP_REDIS_URL is not a redis:// or rediss:// URL',
    'GMP_ROLES "api,sender" is not one of api, worker',
    expect.stringMatching(/^GMP_SMTP_PASSWORD_FILE "\/no\/such\/file" cannot be read: ENOENT/),
  ]);
  expect({ code, stdout, created }).toEqual({ code: 1, stdout: '', created: [] });
});

test('a port in use is named, and nothing is created', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const { code, lines, created } = await refusedStart({ GMP_PORT: String(port) });
  other.close();
  expect(lines).toEqual([`GMP_PORT ${port} is in use on 127.0.0.1`]);
  expect({ code, created }).toEqual({ code: 1, created: [] });
});

test('an address that this machine does not have is named', async () => {
  const { code, lines, created } = await refusedStart({ GMP_HOST: '192.0.2.1' });
  expect(lines).toEqual([
    expect.stringMatching(/^GMP_HOST 192\.0\.2\.1 and GMP_PORT \d+ cannot be listened on/),
  ]);
  expect({ code, created }).toEqual({ code: 1, created: [] });
});

test.each([
  [{ GMP_REDIS_URL: 'redis://127.0.0.1:1' }, /set GMP_ENCRYPTION_KEY \(/],
  [{ GMP_ENCRYPTION_KEY: key }, /set GMP_REDIS_URL as well/],
  [{}, /set GMP_REDIS_URL and GMP_ENCRYPTION_KEY/],
])('PostgreSQL asks for the settings that several machines have to share: %o', async (env, wanted) => {
  const path = 'postgresql://someone:hidden@127.0.0.1:1/mail';
  const { code, lines, created } = await refusedStart({ GMP_DB_PATH: path, ...env });
  expect(lines).toEqual([expect.stringMatching(wanted)]);
  expect(lines[0]).not.toContain('hidden');
  expect({ code, created }).toEqual({ code: 1, created: [] });
});

test('an unknown command or flag is an error of usage: exit code 2', async () => {
  const codes = [await refusedStart({}, ['sevre']), await refusedStart({}, ['serve', '--no-such-flag'])];
  expect(codes.map(({ code }) => code)).toEqual([2, 2]);
  expect(codes.map(({ lines }) => lines.join())).toEqual([
    expect.stringContaining('sevre'),
    expect.stringContaining('--no-such-flag'),
  ]);
});

test('the token in the file of GMP_API_TOKEN_FILE is valid, and SIGTERM ends the service with exit code 0', async () => {
  const [database, redis] = await Promise.all([emptyDatabase(), startRedis()]);
  const file = join(folder.path, 'token');
  await writeFile(file, 'token-from-a-file\n');
  const service = await startProgram({
    GMP_DB_PATH: database.path,
    GMP_REDIS_URL: redis.url,
    GMP_ENCRYPTION_KEY: key,
    GMP_API_TOKEN: '',
    GMP_API_TOKEN_FILE: file,
  });
  const { status } = await service.api('GET', '/status', undefined, { token: 'token-from-a-file' });
  expect(status).toBe(200);
  expect(service.output()).not.toContain('token-from-a-file');
  expect(await service.term()).toBe(0);
  await redis.stop();
  await database.drop();
});
