// The files of src/ keep to the order of docs/architecture: who may import whom, and where the outside comes in.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readSourceFiles, type SourceFile, toSourceFile } from './support/stage/source-files.js';

/** Which room may import which. Ground is everything that knows neither database, Redis nor mail; all may import it. */
const mayImport: Record<string, string[]> = {
  ground: [],
  store: [],
  queue: ['store'],
  offload: ['store'],
  accept: ['store', 'queue'],
  send: ['store', 'queue', 'offload'],
  bounce: ['store', 'queue'],
  report: ['store', 'queue'],
  maintenance: ['store', 'queue', 'offload'],
  explain: ['store', 'queue'],
  doctor: ['store', 'queue'],
  api: ['accept', 'store', 'queue', 'offload', 'explain'],
  dashboard: ['accept', 'store', 'queue', 'explain', 'api'],
  workers: ['store', 'queue', 'send', 'report', 'bounce', 'maintenance'],
  cli: ['api', 'dashboard', 'workers', 'maintenance', 'bounce', 'doctor'],
};

/** The files of src/ itself, and the rooms of what is pure or knows nothing of mail. */
const groundRooms = ['settings', 'domain', 'concurrency', 'dial', 'metrics'];

/** The one file that puts the Context together, and so may import every room. */
const compositionRoot = 'boot.ts';

/** Which room a package belongs to; one that is not named here has no place yet. */
const owners: Record<string, string[]> = {
  '@prisma/client': ['store'],
  '@prisma/adapter-better-sqlite3': ['store'],
  '@prisma/adapter-pg': ['store'],
  // The command line reads the database of genro-mail-proxy, which is none of ours.
  'better-sqlite3': ['store', 'cli'],
  pg: ['store', 'cli'],
  bullmq: ['queue', 'workers'],
  ioredis: ['queue'],
  nodemailer: ['send'],
  'ipaddr.js': ['ground'],
  imapflow: ['bounce'],
  mailparser: ['bounce', 'cli'],
  hono: ['api', 'dashboard'],
  '@bull-board/api': ['dashboard'],
  '@bull-board/hono': ['dashboard'],
  '@hono/node-server': ['api', 'dashboard'],
  '@hono/zod-openapi': ['api'],
  'swagger-ui-dist': ['api'],
  '@oclif/core': ['cli'],
  '@clack/prompts': ['cli'],
  pino: ['ground'],
  'pino-pretty': ['ground'],
  'lru-cache': ['send'],
  '@aws-sdk/client-s3': ['offload'],
  '@aws-sdk/s3-request-presigner': ['offload'],
  '@azure/storage-blob': ['offload'],
  '@google-cloud/storage': ['offload'],
  'file-type': ['ground'],
  'mime-types': ['ground'],
  'prom-client': ['ground'],
  zod: ['ground', 'accept', 'api'],
  ulid: ['ground', 'accept'],
};

const largestRoom = 16;
/** oclif takes the names of commands from their paths, so all commands of one word lie in one folder. */
const unbounded = ['src/cli/commands'];

const files = readSourceFiles();
const of = (found: (file: SourceFile) => string[]) =>
  files.flatMap((file) => found(file).map((fault) => `${file.path}: ${fault}`));

/** The room that a path of src/ stands in. */
function roomOf(path: string): string {
  const [first = ''] = path.split('/');
  return !path.includes('/') || groundRooms.includes(first) ? 'ground' : first;
}

test('a room imports ground, itself and the rooms it may import', () => {
  const faults = of(({ path, imports }) => {
    if (path === compositionRoot) return [];
    const room = roomOf(path);
    const allowed = mayImport[room] ?? ['not a room of the table'];
    return imports
      .filter(({ file }) => {
        if (file === undefined) return false;
        // What puts everything together is the command line's to call, and nobody else's.
        if (file === compositionRoot) return room !== 'cli';
        const to = roomOf(file);
        return to !== 'ground' && to !== room && !allowed.includes(to);
      })
      .map(({ from }) => `may not import ${from}`);
  });
  expect(faults).toEqual([]);
});

test('no file hands on what it imports, so that nothing gets round the table', () => {
  const faults = of(({ code }) =>
    [...code.matchAll(/^export\b[^;]*?\bfrom\s+'\.[^']+'/gm)].map(([text]) => text),
  );
  expect(faults).toEqual([]);
});

test('a package is imported only by the room it belongs to', () => {
  const faults = of(({ path, imports }) =>
    imports
      .filter((one) => one.package !== undefined && !one.package.startsWith('node:'))
      .filter((one) => !owners[one.package ?? '']?.includes(roomOf(path)))
      .map(({ from }) => `may not import ${from}`),
  );
  expect(faults).toEqual([]);
});

/** What it takes to have queues, or workers, share a connection. */
const ofBackends = /^(createRedisBackend|IQueueBackend)$/;
const ofWorkers = /^(Worker.*|Job)$/;
const ofQueues = /^Queue/;

test('only queue makes BullMQ queues, only workers makes BullMQ workers', () => {
  const faults = of(({ path, imports }) =>
    imports
      .filter((one) => one.package === 'bullmq')
      .flatMap(({ names }) => {
        const ofRoom = roomOf(path) === 'workers' ? ofWorkers : ofQueues;
        return names.filter((name) => !ofRoom.test(name) && !ofBackends.test(name));
      })
      .map((name) => `may not import ${name} of bullmq`),
  );
  expect(faults).toEqual([]);
});

test(`no folder of src/ or test/ holds more than ${largestRoom} files of its own`, () => {
  const full = ['src', 'test'].flatMap((top) =>
    foldersOf(top)
      .filter(({ path, files }) => files > largestRoom && !unbounded.some((one) => path.endsWith(one)))
      .map(({ path, files }) => `${path}: ${files}`),
  );
  expect(full).toEqual([]);
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
  const { dependencies, optionalDependencies } = JSON.parse(manifest) as Record<string, object>;
  const imported = new Set(files.flatMap((file) => file.imports.map((one) => one.package)));
  // The generated clients are what imports it.
  imported.add('@prisma/client');
  // Browsers are given its file (dashboard/serve-assets.ts).
  imported.add('uplot');
  const packages = [...imported].filter((name) => name !== undefined && !name.startsWith('node:'));
  expect(packages.sort()).toEqual(Object.keys({ ...dependencies, ...optionalDependencies }).sort());
});

test('no import leads back to where it began, types included', () => {
  const edges = new Map(files.map(({ path, imports }) => [path, imports.map(({ file }) => file)]));
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

/** The folders below a top-level one, with how many files stand directly in each. */
function foldersOf(top: string): { path: string; files: number }[] {
  const root = fileURLToPath(new URL(`../${top}`, import.meta.url));
  const walk = (path: string): { path: string; files: number }[] => {
    const entries = readdirSync(path, { withFileTypes: true }).filter(({ name }) => name !== 'generated');
    const inside = entries.filter((one) => one.isDirectory()).flatMap(({ name }) => walk(join(path, name)));
    return [{ path, files: entries.filter((one) => one.isFile()).length }, ...inside];
  };
  return walk(root);
}
