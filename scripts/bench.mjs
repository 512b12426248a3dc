// Runs the benchmark with everything it needs; arguments go to bench/main.ts.
import { ensureBuilt, ensureNode, ensurePackages, ensureRedis } from './ensure.mjs';
import { main, packageFile, runNode } from './run.mjs';

await main(async () => {
  ensureNode();
  await ensurePackages();
  await ensureRedis();
  await ensureBuilt();
  return runNode([packageFile('tsx/dist/cli.mjs'), 'bench/main.ts', ...process.argv.slice(2)]);
});
