// An SQLite file that cannot be written for a while: 503, nothing lost of what was answered 200, and no restart needed.
import { execFileSync } from 'node:child_process';
import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, test } from 'vitest';
import { type TempFolder, tempFolder } from '../support/programs/temp-folder.js';
import { waitFor } from '../support/programs/wait-for.js';
import { arriveOnce, layOutage, type Outage, rideOut } from './outage.js';

let folder: TempFolder;
let file: string;
let mounted: boolean;
let outage: Outage | undefined;
beforeEach(async () => {
  folder = await tempFolder('sqlite');
  file = join(folder.path, 'mail-proxy.db');
  mounted = false;
});
afterEach(async () => {
  await outage?.stage.remove();
  outage = undefined;
  if (mounted) execFileSync('umount', [folder.path]);
  await folder.remove();
});

async function lay(): Promise<Outage> {
  outage = await layOutage({ kind: 'sqlite', path: file, drop: async () => {} });
  return outage;
}

test('locked by another program for seconds, while /health is answered', async () => {
  const laid = await lay();
  const other = new Database(file);
  const load = await rideOut(
    laid,
    () => other.exec('BEGIN EXCLUSIVE'),
    () => other.exec('ROLLBACK'),
  );
  other.close();
  await arriveOnce(laid, load);
});

test('at the limit of its size', async () => {
  const laid = await lay();
  const limit = (bytes: number | 'unlimited') =>
    execFileSync('prlimit', ['--pid', String(laid.service.pid), `--fsize=${bytes}:unlimited`]);
  const load = await rideOut(
    laid,
    () => limit(statSync(`${file}-wal`).size),
    () => limit('unlimited'),
  );
  await arriveOnce(laid, load);
});

test('on a full disk', async ({ skip }) => {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', folder.path], { stdio: 'pipe' });
  } catch {
    skip('a disk that is full needs the right to mount one');
  }
  mounted = true;
  const laid = await lay();
  const ballast = join(folder.path, 'ballast');
  const load = await rideOut(
    laid,
    () =>
      waitFor('the disk to be full', () => {
        try {
          execFileSync('dd', ['if=/dev/zero', `of=${ballast}`, 'bs=4k'], { stdio: 'pipe' });
          return false;
        } catch (error) {
          return String(error).includes('No space left');
        }
      }),
    () => rmSync(ballast),
  );
  await arriveOnce(laid, load);
});
