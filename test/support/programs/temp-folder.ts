// Makes an empty temporary folder that is removed by `remove()`, or with the process.
import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onProcessEnd } from './process-end.js';

export interface TempFolder {
  path: string;
  remove(): Promise<void>;
}

/** Where temporary files are on a disk; `npm test` may keep the others in memory. */
export const ON_DISK = '/var/tmp';

export async function tempFolder(prefix: string, parent = tmpdir()): Promise<TempFolder> {
  const path = await mkdtemp(join(parent, `${prefix}-`));
  const forget = onProcessEnd(() => rmSync(path, { recursive: true, force: true }));
  return {
    path,
    remove: async () => {
      await rm(path, { recursive: true, force: true, maxRetries: 5 });
      forget();
    },
  };
}
