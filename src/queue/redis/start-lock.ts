// Lets one process at a time start a private redis-server in a folder. Two servers on one append-only file would ruin it.
import { mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../clock.js';

const retryMs = 50;

/**
 * Runs `start` while no other process runs one for this folder.
 * @param maxStartMs a lock older than this was left by a process that was killed, and is removed
 */
export async function withStartLock<T>(
  folder: string,
  clock: Clock,
  maxStartMs: number,
  start: () => Promise<T>,
): Promise<T> {
  const lock = join(folder, 'starting');
  while (!tryLock(lock, clock, maxStartMs)) await clock.sleep(retryMs);
  try {
    return await start();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

/** Creating a folder is atomic: of two processes one fails with EEXIST. */
function tryLock(lock: string, clock: Clock, maxStartMs: number): boolean {
  try {
    mkdirSync(lock);
    return true;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    const found = statSync(lock, { throwIfNoEntry: false });
    if (found && clock.now() - found.mtimeMs > maxStartMs) rmSync(lock, { recursive: true, force: true });
    return false;
  }
}
