// Generates the two Prisma clients, quietly and without Prisma's download host.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { excerpt, main, packageFile, root, run } from './run.mjs';

// Generating needs no engine, but Prisma's command line downloads one unless this variable names one.
const ENGINE = ['/bin/true', '/usr/bin/true'].find((path) => existsSync(path)) ?? process.execPath;

await main(async () => {
  const env = {
    PRISMA_SCHEMA_ENGINE_BINARY: process.env.PRISMA_SCHEMA_ENGINE_BINARY || ENGINE,
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
    CHECKPOINT_DISABLE: '1',
    // Keeps Prisma's own cache out of the home folder.
    XDG_CONFIG_HOME: join(root, 'node_modules/.cache'),
  };
  const generate = async (database) => {
    const config = `prisma/${database}/prisma.config.ts`;
    const prisma = packageFile('prisma/build/index.js');
    const { code, output } = await run(process.execPath, [prisma, 'generate', '--config', config], { env });
    if (code !== 0) throw new Error(`prisma generate for ${database} failed:\n${excerpt(output)}`);
  };
  await Promise.all(['sqlite', 'postgresql'].map(generate));
  return 0;
});
