// Finds processes that the instance left behind: those with its environment, and its redis-server (Linux only).

import { readdir, readFile, readlink } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

/** One line per process that is still there after `withinMs`; each has then been killed. */
export async function killLeftovers(folder: string, withinMs: number): Promise<string[]> {
  const giveUpAt = Date.now() + withinMs;
  let left = await leftovers(folder);
  while (left.length > 0 && Date.now() < giveUpAt) {
    await pause(50);
    left = await leftovers(folder);
  }
  for (const { pid } of left) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // The process has ended meanwhile.
    }
  }
  return left.map(({ pid, command }) => `process ${pid} was still running and was killed: ${command}`);
}

type Found = { pid: number; command: string };

async function leftovers(folder: string): Promise<Found[]> {
  const names = await readdir('/proc').catch(() => []);
  const pids = names.filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid).map(Number);
  const found = await Promise.all(pids.map((pid) => examine(pid, folder)));
  return found.filter((one) => one !== undefined);
}

async function examine(pid: number, folder: string): Promise<Found | undefined> {
  const read = (name: string) => readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '');
  const command = (await read('cmdline')).replaceAll('\0', ' ').trim();
  if (command === '') return undefined; // the process ended, or is a zombie
  const inherited = (await read('environ')).includes(`GMP_DB_PATH=${folder}`);
  // redis-server writes its title over both command line and environment, so its folder tells. A shell or `tail` of the
  // user in that folder is no leftover.
  const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => '');
  const redis =
    /redis|valkey/.test(await read('comm')) && [command, cwd].some((text) => text.includes(folder));
  return inherited || redis ? { pid, command } : undefined;
}
