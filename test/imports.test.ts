// The files of src/ keep to the order of docs/architecture: who may import whom, and where the outside comes in.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readSourceFiles, type SourceFile, toSourceFile } from './support/stage/source-files.js';

/** Which folder may import which. Ground are the files in src/ itself, and everybody may import them. */
const mayImport: Record<string, string[]> = {
  ground: [],
  store: [],
  enqueue: ['store'],
  accept: ['store', 'enqueue'],
  send: ['store', 'enqueue'],
  bounce: ['store', 'enqueue'],
  report: ['store'],
  api: ['accept', 'store', 'enqueue'],
  work: ['enqueue', 'send', 'report', 'bounce'],
  cli: ['api', 'work'],
};

/** The composition root; context.ts names the types of the same folders and nothing more. */
const opener = { path: 'boot.ts', opens: ['store', 'enqueue', 'send', 'report'] };

/** Which folder a package belongs to; one that is not named here has no place yet. */
const owners: Record<string, string[]> = {
  '@prisma/client': ['store'],
  '@prisma/adapter-better-sqlite3': ['store'],
  '@prisma/adapter-pg': ['store'],
  'better-sqlite3': ['store'],
  pg: ['store'],
  bullmq: ['enqueue', 'work'],
  ioredis: ['enqueue'],
  'email-addresses': ['accept'],
  nodemailer: ['send'],
  undici: ['report'],
  imapflow: ['bounce'],
  mailparser: ['bounce'],
  hono: ['api'],
  '@hono/node-server': ['api'],
  '@hono/zod-openapi': ['api'],
  'swagger-ui-dist': ['api'],
  '@oclif/core': ['cli'],
  pino: ['ground'],
  'pino-pretty': ['ground'],
  'prom-client': ['ground'],
  zod: ['ground', 'accept', 'api'],
  ulid: ['ground', 'accept'],
};

const files = readSourceFiles();
const of = (found: (file: SourceFile) => string[]) =>
  files.flatMap((file) => found(file).map((fault) => `${file.path}: ${fault}`));

test('a folder imports ground, itself and the folders it may import', () => {
  const faults = of(({ path, folder, imports }) => {
    const allowed =
      path === opener.path ? opener.opens : (mayImport[folder] ?? ['not a folder of the table']);
    return imports
      .filter(({ file, typeOnly }) => {
        if (file === undefined) return false;
        if (path === 'context.ts') return !typeOnly;
        const to = file.includes('/') ? (file.split('/')[0] ?? '') : 'ground';
        return to !== 'ground' && to !== folder && !allowed.includes(to);
      })
      .map(({ from }) => `may not import ${from}`);
  });
  expect(faults).toEqual([]);
});

test('a package is imported only by the folder it belongs to', () => {
  const faults = of(({ path, folder, imports }) =>
    imports
      .filter((one) => one.package !== undefined && !one.package.startsWith('node:'))
      .filter((one) => !(path === 'context.ts' && one.typeOnly))
      .filter((one) => !owners[one.package ?? '']?.includes(folder))
      .map(({ from }) => `may not import ${from}`),
  );
  expect(faults).toEqual([]);
});

test('only enqueue makes BullMQ queues, only work makes BullMQ workers', () => {
  const faults = of(({ folder, imports }) =>
    imports
      .filter((one) => one.package === 'bullmq')
      .flatMap(({ names }) =>
        names.filter((name) => !name.startsWith(folder === 'work' ? 'Worker' : 'Queue')),
      )
      .map((name) => `may not import ${name} of bullmq`),
  );
  expect(faults).toEqual([]);
});

test("Prisma's generated clients are imported only by store", () => {
  const faults = of(({ folder, imports }) =>
    imports
      .filter(({ file }) => folder !== 'store' && file?.startsWith('store/generated'))
      .map(({ from }) => `may not import ${from}`),
  );
  expect(faults).toEqual([]);
});

test('the packages that are imported and the dependencies of package.json are the same', () => {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  const { dependencies } = JSON.parse(manifest) as { dependencies: Record<string, string> };
  const imported = new Set(files.flatMap((file) => file.imports.map((one) => one.package)));
  // The generated clients are what imports it.
  imported.add('@prisma/client');
  const packages = [...imported].filter((name) => name !== undefined && !name.startsWith('node:'));
  expect(packages.sort()).toEqual(Object.keys(dependencies).sort());
});

test('no import leads back to where it began', () => {
  const edges = new Map(
    files.map(({ path, imports }) => [
      path,
      // Everybody names the type Context, and context.ts names the types of everybody.
      imports.filter(({ file, typeOnly }) => !(file === 'context.ts' && typeOnly)).map(({ file }) => file),
    ]),
  );
  const cycles = files.flatMap(({ path }) => {
    const reached = new Set<string>();
    const open = [...(edges.get(path) ?? [])];
    for (let next = open.pop(); next !== undefined || open.length > 0; next = open.pop()) {
      if (next === undefined || reached.has(next)) continue;
      reached.add(next);
      open.push(...(edges.get(next) ?? []));
    }
    return reached.has(path) ? [path] : [];
  });
  expect(cycles).toEqual([]);
});

test('the rules see through the ways an import can be written', () => {
  const { imports } = toSourceFile(
    'send/x.ts',
    "import a, { type B, c as d } from '@hono/x/y';\nimport type { E } from '../store/db.js'; // from 'z'\n" +
      "import {\n  type F,\n} from './f.js';\nexport { g } from '../errors.js';\nconst h = await import('pg');\n",
  );
  expect(imports.map((one) => [one.package ?? one.file, one.names.join(), one.typeOnly])).toEqual([
    ['@hono/x', 'default,B,c', false],
    ['store/db.ts', 'E', true],
    ['send/f.ts', 'F', true],
    ['errors.ts', 'g', false],
    ['pg', '*', false],
  ]);
});
