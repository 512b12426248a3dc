// `config set` changes one line of an instance's file, and a running service takes over what can change while it runs.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { editIni } from '../../src/cli/settings/edit-ini.js';
import { readConfig } from '../../src/config.js';
import { takeOver } from '../../src/settings/live.js';
import { runCli } from '../support/cli/run-cli.js';
import { freePort } from '../support/programs/free-port.js';
import { tempFolder } from '../support/programs/temp-folder.js';
import { waitFor } from '../support/programs/wait-for.js';

const folder = await tempFolder('config-set');
const home = join(folder.path, 'home');
const ini = join(home, 'demo', 'config.ini');
const run = (args: string[], input = '') => runCli(args, { MAIL_PROXY_HOME: home }, input);
beforeAll(async () => {
  await run(['start', 'demo', '-b', '--port', String(await freePort())]);
});
afterAll(async () => {
  await run(['stop', 'demo', '--force']);
  await folder.remove();
});

const text = '; mine\n[smtp]\nhost = a ; old\n\n[server]\nPort: 8025\n# end\n\n[x]\n';
test.each([
  ['GMP_SMTP_HOST', 'b$&', '; mine\n[smtp]\nhost = b$&\n\n[server]\nPort: 8025\n# end\n\n[x]\n'],
  ['GMP_PORT', '1', '; mine\n[smtp]\nhost = a ; old\n\n[server]\nPort: 1\n# end\n\n[x]\n'],
  ['GMP_HOST', '::', '; mine\n[smtp]\nhost = a ; old\n\n[server]\nPort: 8025\n# end\nhost = ::\n\n[x]\n'],
  ['GMP_PORT', undefined, '; mine\n[smtp]\nhost = a ; old\n\n[server]\n# end\n\n[x]\n'],
  ['GMP_ROLES', undefined, text],
])('%s becomes %s, and every other line stays', (name, value, expected) => {
  expect(editIni('x.ini', text, name, value)).toBe(expected);
});

test('a file without [server] gets one; what would be read back differently is put in quotation marks', () => {
  expect(editIni('x.ini', '[smtp]\nhost = a', 'GMP_PORT', '1')).toBe(
    '[smtp]\nhost = a\n[server]\nport = 1\n',
  );
  expect(editIni('x.ini', '', 'GMP_API_TOKEN', '"quoted"')).toBe('[server]\napi_token = ""quoted""\n');
});

test('settings that every use reads are taken over, and the others are named', () => {
  const config = { ...readConfig({}) };
  const fresh = readConfig({ GMP_PORT: '1', GMP_MAX_RETRIES: '9', GMP_BOUNCE_IMAP_PORT: '5' });
  expect(takeOver(config, fresh)).toEqual({ taken: ['GMP_MAX_RETRIES'], needRestart: ['GMP_PORT'] });
  expect([config.maxRetries, config.port]).toEqual([9, 8000]);
});

test('a running service takes over what it can, refuses what is not valid, and names what needs a restart', async () => {
  const log = () => readFileSync(join(home, 'demo', 'mail-proxy.log'), 'utf8');
  const logged = (line: RegExp) => waitFor(String(line), async () => line.test(log()));
  expect(await run(['demo', 'config', 'set', 'max-retries', '8'])).toEqual({
    code: 0,
    stdout: 'GMP_MAX_RETRIES is 8\n',
    stderr: '',
  });
  await logged(/Settings taken over: GMP_MAX_RETRIES/);
  expect((await run(['config', 'set', 'log_format', 'json'])).stdout).toBe(
    'GMP_LOG_FORMAT is json\nIt counts after: mail-proxy restart demo\n',
  );
  expect((await run(['config', 'set', 'log_level', 'debug'])).code).toBe(0);
  await logged(/Changed, but they need a restart: GMP_LOG_FORMAT/);

  writeFileSync(ini, `${readFileSync(ini, 'utf8')}max_body_mb = none\n`);
  const { pid } = JSON.parse(readFileSync(join(home, 'demo', 'pid.json'), 'utf8'));
  process.kill(pid, 'SIGHUP');
  await logged(/The settings stay as they were: GMP_MAX_BODY_MB "none" is not a whole number/);
  expect((await run(['status', 'demo'])).code).toBe(0);
  expect((await run(['config', 'set', 'max_body_mb', '--unset'])).code).toBe(0);
});

test('a value that is not valid changes nothing, an unknown name brings the nearest, and a secret is not shown', async () => {
  const before = readFileSync(ini, 'utf8');
  expect(await run(['config', 'set', 'max_retries', 'many'])).toMatchObject({
    code: 1,
    stderr: 'GMP_MAX_RETRIES "many" is not a whole number\n',
  });
  expect(await run(['config', 'set', 'max_retires', '3'])).toMatchObject({
    code: 1,
    stderr: 'There is no setting GMP_MAX_RETIRES; did you mean GMP_MAX_RETRIES?\n',
  });
  expect(await run(['config', 'set', 'metrics_token'])).toMatchObject({
    code: 2,
    stderr: 'Missing: VALUE\n',
  });
  expect(readFileSync(ini, 'utf8')).toBe(before);
  const secret = await run(['config', 'set', 'metrics_token', '--value-file', '-'], 'hush-hush\n');
  expect(secret).toEqual({ code: 0, stdout: 'GMP_METRICS_TOKEN is set\n', stderr: '' });
  expect(readFileSync(ini, 'utf8')).toContain('metrics_token = hush-hush\n');
});
