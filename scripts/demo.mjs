// Runs the demo from a fresh clone. Installs the packages and Redis, and builds, where needed.
import { ensureNode, ensureProgram, ensureRedis } from './ensure.mjs';
import { ensureDovecot } from './mail-servers.mjs';
import { main, packageFile, runNode } from './run.mjs';

await main(async () => {
  ensureNode();
  await ensureRedis();
  await ensureProgram();
  await ensureDovecot();
  return runNode([packageFile('tsx/dist/cli.mjs'), 'demo/main.ts', ...process.argv.slice(2)]);
});
