// Variables without effect are named at the start, those of genro-mail-proxy are taken under their own names.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readConfig } from '../../src/config.js';
import { earlierNames, idleNames } from '../../src/settings/names/earlier-names.js';

const warningsOf = (env: Record<string, string>) => readConfig(env).warnings;

test.each([
  ['GMP_PRTO', 'unknown setting GMP_PRTO; did you mean GMP_PORT?'],
  ['GMP_SMTP_PASS', 'unknown setting GMP_SMTP_PASS; did you mean GMP_SMTP_PASSWORD?'],
  ['GMP_LOGLEVEL', 'unknown setting GMP_LOGLEVEL; did you mean GMP_LOG_LEVEL?'],
  ['GMP_WHATEVER_ELSE', 'unknown setting GMP_WHATEVER_ELSE'],
  ['GMP_PORT_FILE', 'GMP_PORT_FILE has no effect: only secrets may stand in a file; set GMP_PORT'],
  ['GMP_SEND_LOOP_INTERVAL', expect.stringMatching(/^GMP_SEND_LOOP_INTERVAL has no effect: /)],
  ['GMP_POOL_SIZE', expect.stringMatching(/^GMP_POOL_SIZE has no effect: /)],
])('%s is warned of, its value is not shown', (name, warning) => {
  const warnings = warningsOf({ [name]: 'hush' });
  expect(warnings).toEqual([warning]);
  expect(warnings.join()).not.toContain('hush');
});

test.each(['PATH', 'HOME', 'MAIL_PROXY_ENCRYPTION_KEY_FILE', 'gmp_port'])('%s is of no concern', (name) => {
  expect(warningsOf({ [name]: 'x' })).toEqual([]);
});

test('a variable that is known, empty or the file of a secret is not warned of', () => {
  expect(warningsOf({ GMP_PORT: '8001', GMP_PRTO: ' ', GMP_SMTP_PASSWORD_FILE: '/dev/null' })).toEqual([]);
});

test.each([
  ['GMP_DATABASE_URL', 'sqlite:/data/mail.db', { dbPath: '/data/mail.db' }, 'GMP_DB_PATH'],
  ['GMP_DATABASE_URL', 'postgresql://u:p@h/d', { dbPath: 'postgresql://u:p@h/d' }, 'GMP_DB_PATH'],
  ['GMP_SCHEDULER_ACTIVE', 'False', { startActive: false }, 'GMP_START_ACTIVE'],
  [
    'GMP_CACHE_DISK_DIR',
    '/data/cache',
    { attachmentCacheDiskDir: '/data/cache' },
    'GMP_ATTACHMENT_CACHE_DISK_DIR',
  ],
  ['LOG_LEVEL', 'WARNING', { logLevel: 'warn' }, 'GMP_LOG_LEVEL'],
  ['LOG_FORMAT', 'json', { logFormat: 'json' }, 'GMP_LOG_FORMAT'],
])('%s=%s of genro-mail-proxy is taken, with a warning that names ours', (name, value, config, ours) => {
  const read = readConfig({ [name]: value });
  expect(read).toMatchObject(config);
  expect(read.warnings).toEqual([`${name} is called ${ours} here; it is taken`]);
});

test('beside ours, the name of genro-mail-proxy has no effect', () => {
  const read = readConfig({ GMP_DATABASE_URL: '/other.db', GMP_DB_PATH: '/mine.db' });
  expect(read).toMatchObject({
    dbPath: '/mine.db',
    warnings: ['GMP_DATABASE_URL has no effect beside GMP_DB_PATH'],
  });
});

test('a bad value is named with the variable that has it; one without our prefix stops nothing', () => {
  expect(() => readConfig({ GMP_SCHEDULER_ACTIVE: 'perhaps' })).toThrow(
    'GMP_SCHEDULER_ACTIVE "perhaps" is not 1 or 0',
  );
  const read = readConfig({ LOG_LEVEL: 'verbose', LOG_FORMAT: '%(message)s' });
  expect(read).toMatchObject({ logLevel: 'info', logFormat: 'text' });
  expect(read.warnings.filter((one) => one.includes('it has no effect'))).toHaveLength(2);
});

test.each([
  ['WARNING', 'warn'],
  ['warning', 'warn'],
  ['Critical', 'fatal'],
  ['CRITICAL', 'fatal'],
  ['NOTSET', 'trace'],
  ['ERROR', 'error'],
  ['DEBUG', 'debug'],
])('the level %s of Python is %s', (given, level) => {
  expect(readConfig({ GMP_LOG_LEVEL: given }).logLevel).toBe(level);
});

test('docs/running.md names every setting of genro-mail-proxy that is taken or has no effect', () => {
  const text = readFileSync(new URL('../../docs/running.md', import.meta.url), 'utf8');
  const written = (name: string) => name.replace(/^(GMP_(?:ATTACHMENT_)?CACHE_).*/, '$1*');
  const names = [...Object.keys(earlierNames), ...Object.keys(idleNames)].map(written);
  expect(names.filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
});
