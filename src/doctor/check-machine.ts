// Checks the machine that the service runs on: Node, the disk, and the clock.
import { statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, resolve } from 'node:path';
import type { Config } from '../config.js';
import { type Finding, ok, warning, wrong } from './finding.js';

const oldestNode = [20, 19] as const;
const mebibyte = 1024 * 1024;
/** Below the first the service soon refuses mail, below the second an operator should look. */
const leastMb = { wrong: 200, warning: 1024 };
/** From this difference on, limits of an hour and times of reports are visibly off. */
const mostSkewMs = 5000;

export function checkNode(version = process.versions.node): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isRecent = major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
  if (isRecent) return ok('node', `Node ${version}`);
  return wrong('node', `Node ${version} is too old`, `Install Node ${oldestNode.join('.')} or later`);
}

/** The folder of the database, and the one for temporary files when it is on another disk. */
export async function checkDisk({ dbPath }: Pick<Config, 'dbPath'>, read = statfs): Promise<Finding[]> {
  const ofDatabase = /^postgresql:/.test(dbPath) ? [] : [dirname(resolve(dbPath))];
  const folders = [...new Set([...ofDatabase, tmpdir()])];
  return Promise.all(
    folders.map(async (folder) => {
      const check = `disk ${folder}`;
      try {
        const { bavail, bsize, ffree, files } = await read(folder);
        const freeMb = Math.floor((bavail * bsize) / mebibyte);
        const found = `${freeMb} MiB are free`;
        const remedy = `Make room on the disk of ${folder}`;
        if (files > 0 && ffree === 0) return wrong(check, 'No file can be made any more (no inodes)', remedy);
        if (freeMb < leastMb.wrong) return wrong(check, found, remedy);
        return freeMb < leastMb.warning ? warning(check, found, remedy) : ok(check, found);
      } catch (error) {
        return wrong(check, `It cannot be read: ${String(error)}`, 'Create the folder, or name another one');
      }
    }),
  );
}

/** @param others what other machines say the time is, in milliseconds, and what the clock here said then */
export function checkClock(others: { of: string; theirs: number; ours: number }[]): Finding[] {
  return others.map(({ of, theirs, ours }) => {
    const skewMs = Math.abs(theirs - ours);
    const found = `${skewMs < 1000 ? 'Less than a second' : `${Math.round(skewMs / 1000)} s`} from that of ${of}`;
    if (skewMs < mostSkewMs) return ok('clock', found);
    return wrong('clock', found, 'Have both machines take their time from NTP (timedatectl set-ntp true)');
  });
}
