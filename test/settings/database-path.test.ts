// GMP_DB_PATH is the path of a file, whatever its characters, or a postgresql:// URL; other forms are refused by name.
import { expect, test } from 'vitest';
import { readConfig } from '../../src/config.js';

const read = (text: string) => readConfig({ GMP_DB_PATH: text }).dbPath;

test.each([
  ['mail.db', 'mail.db'],
  ['/data/mail.db?mode=rwc', '/data/mail.db?mode=rwc'],
  ['./a b#c%20&d.db', './a b#c%20&d.db'],
  ['./we:ird.db', './we:ird.db'],
  ['C:\\data\\mail.db', 'C:\\data\\mail.db'],
  ['sqlite:/data/mail.db', '/data/mail.db'],
  ['sqlite:///data/mail.db', '/data/mail.db'],
  ['sqlite:mail.db', 'mail.db'],
  ['postgres://h/d?sslmode=require', 'postgres://h/d?sslmode=require'],
  ['PostgreSQL://h/d', 'postgresql://h/d'],
])('%s names %s', (text, path) => {
  expect(read(text)).toBe(path);
});

test.each([
  [':memory:', /^GMP_DB_PATH ":memory:" would lose all mail/],
  ['file::memory:?cache=shared', /would lose all mail/],
  ['sqlite::memory:', /would lose all mail/],
  ['file:x.db', /GMP_DB_PATH=x\.db$/],
  ['file:///data/x.db?mode=ro', /GMP_DB_PATH=\/data\/x\.db$/],
  ['mysql://h/d', /postgresql:\/\//],
  ['postgresql+asyncpg://h/d', /postgresql:\/\//],
  ['redis://h', /postgresql:\/\//],
])('%s is refused in one sentence that names the setting', (text, sentence) => {
  expect(() => read(text)).toThrow(sentence);
  expect(() => read(text)).toThrow(/^GMP_DB_PATH [^\n]*$/);
});

test('the password in a URL that is refused is not shown', () => {
  expect(() => read('mysql://me:hush@h/d')).toThrow(/^(?!.*hush)/);
});
