// Runs the tests, and installs and builds what they need first. Arguments go to vitest.
import {
  ensureBuilt,
  ensureChromium,
  ensureNode,
  ensurePackages,
  ensurePostgres,
  ensureRedis,
} from './ensure.mjs';
import { ensureMailServers } from './mail-servers.mjs';
import { main, packageFile, runNode } from './run.mjs';

await main(async () => {
  ensureNode();
  await ensurePackages();
  await ensureRedis();
  await ensurePostgres();
  await ensureChromium();
  await ensureMailServers();
  await ensureBuilt();
  return runNode([packageFile('vitest/vitest.mjs'), 'run', ...process.argv.slice(2)]);
});
