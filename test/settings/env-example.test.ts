// .env.example and the settings of the program name the same variables with the same defaults and meanings.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { settings } from '../../src/settings/settings.js';

interface Entry {
  name: string;
  value: string;
  about: string;
}

const text = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8');
const lines = text.split('\n');
const entries = lines.flatMap((line, i): Entry[] => {
  const [, name, value] = /^# ?(\w+)=(.*)$/.exec(line) ?? [];
  if (name === undefined || value === undefined) return [];
  return [{ name, value, about: (lines[i - 1] ?? '').replace(/^# ?/, '') }];
});
const byName = (a: { name: string }, b: { name: string }) => a.name.localeCompare(b.name);

test('.env.example lists every setting with its default and its meaning, and no other', () => {
  const expected = Object.values(settings).map((setting) => ({
    name: setting.name,
    value: setting.default ?? '',
    about: setting.about,
  }));
  expect([...entries].sort(byName)).toEqual(expected.sort(byName));
});

test('.env.example sets nothing: every line is a comment or empty', () => {
  expect(lines.filter((line) => line !== '' && !line.startsWith('#'))).toEqual([]);
});

test('.env.example holds no value for a secret', () => {
  const secrets = Object.values(settings).filter(({ secret }) => secret);
  const given = secrets.map(({ name }) => entries.find((entry) => entry.name === name)?.value);
  expect(given).toEqual(secrets.map(() => ''));
});
