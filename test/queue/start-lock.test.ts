// One process at a time starts a private redis-server, and a lock left by a killed process is removed.
import { mkdir, readdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../src/clock.js';
import { withStartLock } from '../../src/queue/redis/start-lock.js';
import { type TempFolder, tempFolder } from '../support/programs/temp-folder.js';

const maxStartMs = 60_000;

let folder: TempFolder;
beforeEach(async () => {
  folder = await tempFolder('start-lock');
});
afterEach(() => folder.remove());

const lock = <T>(start: () => Promise<T>) => withStartLock(folder.path, systemClock, maxStartMs, start);

test('two starts of one folder run one after the other, and leave nothing behind', async () => {
  const steps: string[] = [];
  const start = async (name: string) => {
    steps.push(`${name} begins`);
    await new Promise((resolve) => setImmediate(resolve));
    steps.push(`${name} ends`);
    return name;
  };
  const answers = await Promise.all([lock(() => start('first')), lock(() => start('second'))]);
  expect(answers).toEqual(['first', 'second']);
  expect(steps).toEqual(['first begins', 'first ends', 'second begins', 'second ends']);
  expect(await readdir(folder.path)).toEqual([]);
});

test('a start that fails releases the lock', async () => {
  await expect(lock(() => Promise.reject(new Error('no server')))).rejects.toThrow('no server');
  expect(await lock(async () => 'started')).toBe('started');
});

test('a lock older than any start takes is removed', async () => {
  const left = join(folder.path, 'starting');
  await mkdir(left);
  const longAgo = new Date(systemClock.now() - 2 * maxStartMs);
  await utimes(left, longAgo, longAgo);
  expect(await lock(async () => 'started')).toBe('started');
});
