// Removes from the folder of kept contents what is too old, what is too much, and what a process that died left unfinished.
import { readdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';

export const unfinishedEnding = '.part';

/** Longer than a write takes. */
const unfinishedMs = 600_000;

/** Even a small file takes a place on disk, and time whenever all are listed. */
const leastCost = 32 * 1024;

/** What a content counts against the size of the folder. */
export function costOf(size: number): number {
  return Math.max(size, leastCost);
}

interface Bounds {
  now: number;
  ttlMs: number;
  mostBytes: number;
}

interface Entry {
  path: string;
  usedAt: number;
  cost: number;
}

/**
 * Down to nine tenths of the size, so that not every write has to remove another. Those not used for the longest go first.
 * Several processes may do so at once.
 * @returns what is left, by its cost
 */
export async function trimFolder(folder: string, { now, ttlMs, mostBytes }: Bounds): Promise<number> {
  const left: Entry[] = [];
  for (const subfolder of '0123456789abcdef') {
    const path = join(folder, subfolder);
    for (const name of await orMissing(readdir(path), [])) {
      const entry = join(path, name);
      const found = await orMissing(stat(entry), undefined);
      if (found === undefined) continue;
      const isUnfinished = name.endsWith(unfinishedEnding);
      const isOld = found.mtimeMs <= now - (isUnfinished ? unfinishedMs : ttlMs);
      if (isOld) await orMissing(unlink(entry), undefined);
      else if (!isUnfinished) left.push({ path: entry, usedAt: found.mtimeMs, cost: costOf(found.size) });
    }
  }
  let total = left.reduce((sum, { cost }) => sum + cost, 0);
  if (total <= mostBytes) return total;
  for (const { path, cost } of left.sort((one, other) => one.usedAt - other.usedAt)) {
    if (total <= mostBytes * 0.9) break;
    await orMissing(unlink(path), undefined);
    total -= cost;
  }
  return total;
}

/** Another process may have removed it meanwhile. */
async function orMissing<T, M>(found: Promise<T>, missing: M): Promise<T | M> {
  try {
    return await found;
  } catch (error) {
    if (Object(error).code === 'ENOENT') return missing;
    throw error;
  }
}
