// Puts each command of dist/ together with all it needs: a start that reads 1,500 files takes twice as long.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { root } from './run.mjs';

const commands = join(root, 'src/cli/commands');
const entries = readdirSync(commands, { recursive: true })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => join(commands, name));

/** Compiled for this machine, files to be served, or shared with bin/run.js. */
const external = ['better-sqlite3', 'swagger-ui-dist', '@oclif/core', 'pg-native'];

// Packages that are CommonJS ask for these.
const banner = `import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);`;

await build({
  entryPoints: entries,
  outdir: join(root, 'dist/cli/commands'),
  outbase: commands,
  chunkNames: '../bundled/[hash]',
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
