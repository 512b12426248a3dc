// An INI file gives settings by section and key; the environment outweighs it, and a fault names the line.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readConfig } from '../../src/config.js';
import { tempFolder } from '../support/programs/temp-folder.js';

const folder = await tempFolder('config-file');
afterAll(folder.remove);
const path = join(folder.path, 'config.ini');

function configOf(text: string, env: Record<string, string> = {}) {
  writeFileSync(path, text);
  return readConfig({ GMP_CONFIG: path, ...env });
}

test('sections, keys, comments and quotation marks; whole names of variables are taken too', () => {
  const config = configOf(`\uFEFF; a comment
# another
[server]
host = 0.0.0.0
port: 8025
api_token = "with = and ; in it"
[smtp]
host=mail.example.org
[delivery]\r
max_retries = 3\r
[logging]
level = WARNING
[anything]
GMP_SYNC_INTERVAL_SECONDS = 60
`);
  expect(config).toMatchObject({
    host: '0.0.0.0',
    port: 8025,
    apiToken: 'with = and ; in it',
    smtpHost: 'mail.example.org',
    maxRetries: 3,
    logLevel: 'warn',
    syncIntervalSeconds: 60,
    warnings: [],
  });
});

test('the environment outweighs the file, and an empty variable does not', () => {
  const text = '[server]\nport = 8025\nhost = 10.0.0.1\n';
  expect(configOf(text, { GMP_PORT: '9000', GMP_HOST: '' })).toMatchObject({ port: 9000, host: '10.0.0.1' });
});

test('every fault names its line, and none shows a secret', () => {
  const faults = (text: string, env?: Record<string, string>) => {
    try {
      configOf(text, env);
    } catch (error) {
      return error instanceof Error ? error.message.split('\n') : [];
    }
    throw new Error('no fault');
  };
  expect(faults('[server]\nport = eighty\napi_token = tiny\n')).toEqual([
    `GMP_PORT "eighty" is not a whole number (${path}:2)`,
    `GMP_API_TOKEN is shorter than 8 characters (${path}:3)`,
  ]);
  expect(faults('port\n[server\nport=1\nport=2')).toEqual([
    `${path}:1 is not "key = value"`,
    `${path}:2 is not "key = value"`,
    `${path}:4 sets GMP_PORT again, after ${path}:3`,
  ]);
  expect(faults('[server]\nport = 8025\n', { GMP_PORT: 'x' })).toEqual([
    'GMP_PORT "x" is not a whole number',
  ]);
  expect(() => readConfig({ GMP_CONFIG: join(folder.path, 'none.ini') })).toThrow(
    /GMP_CONFIG .* cannot be read/,
  );
});

test('an unknown key is warned of with the nearest name', () => {
  const unknown = /^unknown setting GMP_PROT; did you mean GMP_PORT\? \(.*config\.ini:2\)$/;
  expect(configOf('[server]\nprot = 8025\n').warnings).toEqual([expect.stringMatching(unknown)]);
  // Beside another fault it is told as well.
  expect(() => configOf('[server]\nprot = 8025\nport = x\n')).toThrow(
    /whole number .*\nunknown setting GMP_PROT/,
  );
});
