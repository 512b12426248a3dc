// Makes a folder and those above it that are missing.
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/**
 * Node's own `recursive` never returns where the system says ENOENT of a folder whose parent is there, as /proc does
 * (Node 20.20): here that is an error.
 * @throws the system's error, which names the folder
 */
export function makeFolders(folder: string, mode = 0o700): void {
  const missing: string[] = [];
  for (let path = resolve(folder); !existsSync(path); path = dirname(path)) missing.unshift(path);
  for (const path of missing) {
    try {
      mkdirSync(path, { mode });
    } catch (error) {
      // Another process may have made it meanwhile.
      if (!existsSync(path) || !statSync(path).isDirectory()) throw error;
    }
  }
}
