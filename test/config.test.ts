// Settings: every fault at once, secrets never shown, files for secrets, and bounds.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfig } from '../src/config.js';
import { readOrMakeKey } from '../src/secrets.js';
import { settings } from '../src/settings/settings.js';
import { type TempFolder, tempFolder } from './support/programs/temp-folder.js';

let folder: TempFolder;
beforeAll(async () => {
  folder = await tempFolder('config');
});
afterAll(() => folder.remove());

const faultsOf = (env: Record<string, string>): string[] => {
  try {
    readConfig(env);
    return [];
  } catch (error) {
    expect(error).toMatchObject({ code: 'bad_settings' });
    return (error as Error).message.split('\n');
  }
};

async function fileWith(text: string): Promise<string> {
  const path = join(folder.path, 'secret');
  await writeFile(path, text);
  return path;
}

test('an empty environment gives the defaults', () => {
  expect(readConfig({})).toMatchObject({
    dbPath: './mail_service.db',
    redisUrl: undefined,
    port: 8000,
    roles: ['api', 'worker'],
    startActive: true,
    retryDelays: [60, 300, 900, 3600, 7200],
    defaultPriority: 2,
    smtpUseTls: undefined,
  });
});

test('the settings cannot be changed once they are read', () => {
  expect(Object.isFrozen(readConfig({}))).toBe(true);
});

test.each(['vm', 'a b.test', 'a.test:25', '192.0.2.1'])('%j is no name for EHLO', (name) => {
  expect(faultsOf({ GMP_SMTP_EHLO_NAME: name })).toEqual([
    expect.stringMatching(
      /^GMP_SMTP_EHLO_NAME ".*" is not a fully qualified name such as mail\.example\.com/,
    ),
  ]);
  expect(readConfig({ GMP_SMTP_EHLO_NAME: 'mail.example.com' }).smtpEhloName).toBe('mail.example.com');
});

test('every fault is named at once, a line each', () => {
  const faults = faultsOf({
    GMP_PORT: 'x',
    GMP_LOG_LEVEL: 'loud',
    GMP_START_ACTIVE: 'maybe',
    GMP_ROLES: 'api,',
  });
  expect(faults).toEqual([
    'GMP_PORT "x" is not a whole number',
    'GMP_ROLES "api," is not one of api, worker',
    'GMP_START_ACTIVE "maybe" is not 1 or 0',
    'GMP_LOG_LEVEL "loud" is not one of trace, debug, info, warn, error, fatal, silent',
  ]);
});

test.each(
  Object.values(settings)
    .filter(({ secret }) => secret)
    .map(({ name }) => name),
)('the value of %s is never shown', (name) => {
  const env = { GMP_PORT: 'x', [name]: 'hush\nhush' };
  expect(faultsOf(env).join('\n')).not.toContain('hush');
});

test('a secret may stand in a file, whose last line break does not belong to it', async () => {
  const file = await fileWith('from-the-file\n');
  expect(readConfig({ GMP_API_TOKEN_FILE: file }).apiToken).toBe('from-the-file');
});

test('the variable comes before the file, an empty one does not', async () => {
  const GMP_API_TOKEN_FILE = await fileWith('from-the-file');
  expect(readConfig({ GMP_API_TOKEN_FILE, GMP_API_TOKEN: 'the-variable' }).apiToken).toBe('the-variable');
  expect(readConfig({ GMP_API_TOKEN_FILE, GMP_API_TOKEN: ' ' }).apiToken).toBe('from-the-file');
});

test('a secret in a file is checked like any other, and not shown', async () => {
  expect(faultsOf({ GMP_API_TOKEN_FILE: await fileWith('tiny') })).toEqual([
    'GMP_API_TOKEN is shorter than 8 characters',
  ]);
});

test('a file that cannot be read is a fault of its setting', () => {
  expect(faultsOf({ GMP_SMTP_PASSWORD_FILE: '/no/such/file' })).toEqual([
    expect.stringMatching(/^GMP_SMTP_PASSWORD_FILE "\/no\/such\/file" cannot be read: ENOENT/),
  ]);
});

test('only a secret may stand in a file', async () => {
  expect(readConfig({ GMP_PORT_FILE: await fileWith('99') }).port).toBe(8000);
});

test('an empty or blank variable counts as unset, and blanks around a value do not belong to it', () => {
  expect(readConfig({ GMP_PORT: '', GMP_HOST: '  ', GMP_LOG_LEVEL: ' debug ' })).toMatchObject({
    port: 8000,
    host: '127.0.0.1',
    logLevel: 'debug',
  });
});

test.each([
  ['GMP_PORT', '65535', '65536'],
  ['GMP_PORT', '0', '-1'],
  ['GMP_MAX_RETRIES', '0', '101'],
  ['GMP_RETRY_DELAYS', '1,604800', '60,0'],
  ['GMP_PROCESS_TIMEOUT_SECONDS', '2', '1'],
  ['GMP_MAX_BODY_MB', '1024', '1e3'],
  ['GMP_DEFAULT_PRIORITY', '0', '4'],
  ['GMP_DEFAULT_PRIORITY', 'Immediate', 'urgent'],
  ['GMP_REDIS_PREFIX', 'a_b-c', 'a:b'],
  ['GMP_REDIS_URL', 'rediss://h', 'h:6379'],
  ['GMP_ROLES', 'worker', 'none'],
  ['GMP_START_ACTIVE', 'OFF', '2'],
])('%s: %s is within its bounds, %s is not', (name, good, bad) => {
  expect(faultsOf({ [name]: good })).toEqual([]);
  expect(faultsOf({ [name]: bad })).toEqual([expect.stringMatching(new RegExp(`^${name} `))]);
});

test("the encryption key is 32 bytes in base64, also under the original's name", () => {
  const key = Buffer.alloc(32, 7);
  expect(readConfig({ GMP_ENCRYPTION_KEY: key.toString('base64') }).encryptionKey).toEqual(key);
  expect(readConfig({ MAIL_PROXY_ENCRYPTION_KEY: key.toString('base64') }).encryptionKey).toEqual(key);
  expect(faultsOf({ GMP_ENCRYPTION_KEY: Buffer.alloc(31).toString('base64') })).toHaveLength(1);
  expect(faultsOf({ MAIL_PROXY_ENCRYPTION_KEY: 'short' })).toEqual([
    'MAIL_PROXY_ENCRYPTION_KEY is not 32 bytes in base64',
  ]);
});

test('the file of an encryption key may hold the 32 bytes themselves', async () => {
  // Bytes that are no UTF-8, white space at both ends.
  const key = Buffer.from([0x20, 0xff, 0xfe, ...Buffer.alloc(28, 0x80), 0x0a]);
  const file = join(folder.path, 'raw-key');
  for (const bytes of [key, ...['\n', '\r\n'].map((end) => Buffer.concat([key, Buffer.from(end)]))]) {
    await writeFile(file, bytes);
    expect(readConfig({ GMP_ENCRYPTION_KEY_FILE: file }).encryptionKey).toEqual(key);
    expect(readConfig({ GMP_ENCRYPTION_KEY_PREVIOUS_FILE: file }).encryptionKeyPrevious).toEqual([key]);
    expect(readOrMakeKey(file, false)).toEqual(key);
  }
  await writeFile(file, Buffer.alloc(31));
  expect(faultsOf({ GMP_ENCRYPTION_KEY_FILE: file })).toEqual([
    'GMP_ENCRYPTION_KEY is not 32 bytes in base64',
  ]);
});

test('previous encryption keys are given one after the other, in the variable or a file, each of them checked', async () => {
  const keys = [1, 2, 3].map((n) => Buffer.alloc(32, n));
  const texts = keys.map((key) => key.toString('base64'));
  const name = 'GMP_ENCRYPTION_KEY_PREVIOUS';
  expect(readConfig({}).encryptionKeyPrevious).toBeUndefined();
  expect(readConfig({ [name]: texts[0] }).encryptionKeyPrevious).toEqual([keys[0]]);
  expect(readConfig({ [name]: texts.join(', ') }).encryptionKeyPrevious).toEqual(keys);
  const file = await fileWith(`${texts.join('\n')}\n`);
  expect(readConfig({ [`${name}_FILE`]: file }).encryptionKeyPrevious).toEqual(keys);
  expect(faultsOf({ [name]: `${texts[0]},short` })).toEqual([`${name} is not 32 bytes in base64`]);
});
