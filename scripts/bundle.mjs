// Bundles the program in dist/cli with its packages, because a start that reads 1,500 files takes twice as long.
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { root } from './run.mjs';

const source = join(root, 'src/cli');
const commands = readdirSync(join(source, 'commands'), { recursive: true })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => join(source, 'commands', name));

/** Packages that are compiled for this machine, or whose files are served, and those that need not be installed. */
const external = [
  'better-sqlite3',
  'swagger-ui-dist',
  'pg-native',
  '@bull-board/*',
  '@aws-sdk/client-s3',
  '@aws-sdk/s3-request-presigner',
  '@azure/storage-blob',
  '@google-cloud/storage',
];

// CommonJS packages in the bundle call require.
const banner = `import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);`;

// The names of chunks contain a hash, so those of an earlier build would stay.
rmSync(join(root, 'dist/cli/bundled'), { recursive: true, force: true });

await build({
  entryPoints: [join(source, 'main.ts'), ...commands],
  outdir: join(root, 'dist/cli'),
  outbase: source,
  chunkNames: 'bundled/[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  sourcemap: true,
  minifyWhitespace: true,
  external,
  banner: { js: banner },
  logLevel: 'warning',
});

// The manifest tells names, flags and descriptions of all commands, so that a start need not load every command.
const manifestFile = join(root, 'oclif.manifest.json');
rmSync(manifestFile, { force: true });
const { Config } = await import('@oclif/core');
const { plugins } = await Config.load(root);
const [plugin] = plugins.values();
if (plugin === undefined) throw new Error('oclif found no commands');
writeFileSync(manifestFile, JSON.stringify(plugin.manifest));
