// Runs the benchmark of bench/ that the first argument names, else main.ts. Installs and builds what it needs first.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ensureNode, ensureProgram, ensureRedis } from './ensure.mjs';
import { main, packageFile, runNode } from './run.mjs';

await main(async () => {
  ensureNode();
  await ensureRedis();
  await ensureProgram();
  const [name = '', ...rest] = process.argv.slice(2);
  const named =
    /^\w+$/.test(name) && existsSync(fileURLToPath(new URL(`../bench/${name}.ts`, import.meta.url)));
  const run = named ? [`bench/${name}.ts`, ...rest] : ['bench/main.ts', ...process.argv.slice(2)];
  return runNode([packageFile('tsx/dist/cli.mjs'), ...run]);
});
