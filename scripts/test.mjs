// Runs the tests, and installs and builds what they need first. Arguments go to vitest.
import { statfsSync } from 'node:fs';
import { ensureChromium, ensureNode, ensurePostgres, ensureProgram, ensureRedis } from './ensure.mjs';
import { ensureMailServers } from './mail-servers.mjs';
import { main, packageFile, runNode } from './run.mjs';

await main(async () => {
  ensureNode();
  // At once: one half uses the processor, the other mostly the network. A failure of one is told once the other has ended.
  const [built, served] = await Promise.allSettled([ensureProgram(), ensureServers()]);
  for (const half of [built, served]) if (half.status === 'rejected') throw half.reason;
  return runNode([packageFile('vitest/vitest.mjs'), 'run', ...process.argv.slice(2)], temporaryFiles());
});

async function ensureServers() {
  await ensureRedis();
  await ensurePostgres();
  await ensureChromium();
  await ensureMailServers();
}

/** The databases of tests need no disk, and every commit would wait for it: they are kept in memory where there is enough. */
function temporaryFiles() {
  const folder = '/dev/shm';
  const leastBytes = 4 * 1024 ** 3;
  if (process.env.TMPDIR) return {};
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize < leastBytes ? {} : { TMPDIR: folder };
  } catch {
    return {};
  }
}
