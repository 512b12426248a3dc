// Every file of src/ keeps to the house rules: one place for time and environment, short files, no dead exports.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { configurationPage } from '../src/settings/page/configuration-page.js';
import { settings } from '../src/settings/settings.js';
import { readSourceFiles, type SourceFile, toSourceFile } from './support/stage/source-files.js';

const longestFile = 250;

/** Ways to read the wall clock or to set a timer; a Date made of a number or text is none. */
const ownTime =
  /\bDate\.now\b|\bnew Date(?!\s*\(\s*[^\s)])|\bperformance\.now\b|\bhrtime\b|(?<![.\w])(?:setTimeout|setInterval)\b|'node:timers|\b\w*ulid\(\)/i;
const ownEnvironment = /\bprocess\s*\.\s*env\b|\bprocess\s*\[/;
const exported = /^export (?:async )?(?:const|let|function\*?|class|interface|type|enum) (\w+)/gm;
const emptyNames = /^(index|utils?|helpers?|common|types?|services?|managers?)\.ts$/;

const files = readSourceFiles();
const pathsOf = (some: SourceFile[]) => some.map(({ path }) => path);

/** Of these folders of the repository; their paths begin with "../". */
function filesOutside(folders: string[]): SourceFile[] {
  const repository = fileURLToPath(new URL('..', import.meta.url));
  return folders.flatMap((folder) =>
    readdirSync(join(repository, folder), { recursive: true, encoding: 'utf8' })
      .filter((path) => /\.(ts|m?js)$/.test(path))
      .map((path) =>
        toSourceFile(`../${folder}/${path}`, readFileSync(join(repository, folder, path), 'utf8')),
      ),
  );
}

test('the wall clock is read and timers are set in clock.ts alone', () => {
  expect(pathsOf(files.filter(({ code }) => ownTime.test(code)))).toEqual(['clock.ts']);
});

test('no signal is made by AbortSignal.any, which loses time-outs', () => {
  expect(pathsOf(files.filter(({ code }) => /\bAbortSignal\.any\b/.test(code)))).toEqual([]);
});

test('the environment is read in config.ts alone', () => {
  expect(pathsOf(files.filter(({ code }) => ownEnvironment.test(code)))).toEqual(['config.ts']);
});

test(`no file is longer than ${longestFile} lines, tests included`, () => {
  const tests = filesOutside(['test']);
  const long = [...files, ...tests].filter(({ text }) => text.trimEnd().split('\n').length > longestFile);
  expect(pathsOf(long)).toEqual([]);
});

test('every file begins with a line that says what it promises', () => {
  expect(pathsOf(files.filter(({ text }) => !/^\/\/ \S.{10,}/.test(text)))).toEqual([]);
});

test('no file has a name that says nothing', () => {
  expect(pathsOf(files.filter(({ path }) => emptyNames.test(path.split('/').at(-1) ?? '')))).toEqual([]);
});

test('another file imports every name that a file exports', () => {
  const outside = filesOutside(['test', 'bench', 'bin', 'demo', 'scripts', 'examples']);
  const imported = new Set(
    [...files, ...outside].flatMap(({ imports }) =>
      imports.flatMap(({ file, names }) => names.map((name) => `${file} ${name}`)),
    ),
  );
  const unused = files
    .filter(({ path }) => !path.endsWith('.d.ts'))
    .flatMap(({ path, code }) =>
      [...code.matchAll(exported)]
        .map(([, name]) => `${path} ${name}`)
        .filter((one) => !imported.has(one) && !imported.has(`${path} *`)),
    );
  expect(unused).toEqual([]);
});

test('every setting is described', () => {
  const undescribed = Object.values(settings).filter(({ about }) => !/^\S.{10,}\.$/.test(about));
  expect(undescribed.map(({ name }) => name)).toEqual([]);
});

test('docs/configuration.md is what the settings say; npm run check writes it anew', () => {
  const page = readFileSync(new URL('../docs/configuration.md', import.meta.url), 'utf8');
  expect(page).toBe(configurationPage());
});

test.each([
  ['const a = Date.now();', true],
  ['const a = new Date();', true],
  ['const a = new Date( );', true],
  ['const a = new Date(ms);', false],
  ['setTimeout(f, 1);', true],
  ['socket.setTimeout(1);', false],
  ["import { setTimeout as x } from 'node:timers/promises';", true],
  ['// Date.now() is not for us', false],
  ["const url = 'http://x'; const a = Date.now();", true],
  ['const pk = nextUlid();', true],
  ['const pk = nextUlid(now);', false],
])('the rule about time takes "%s" for a breach: %s', (text, breach) => {
  expect(ownTime.test(toSourceFile('x.ts', text).code)).toBe(breach);
});

test("a message's status is written by its transitions alone, and events are appended at one place", () => {
  const writing = (pattern: RegExp) => pathsOf(files.filter(({ code }) => pattern.test(code)));
  expect(writing(/(?:\bSET|,|`)\s*status\s*=/)).toEqual(['store/messages/transitions.ts']);
  expect(writing(/\bINSERT INTO messages\b|\bmodels\.message\.(?:create|upsert)/)).toEqual([
    'store/messages/upsert.ts',
  ]);
  expect(writing(/\bmodels\.message\.update/)).toEqual([]);
  expect(writing(/\bINSERT INTO events\b|\bmodels\.event\.(?:create|upsert)/)).toEqual([
    'store/events/append.ts',
  ]);
});
