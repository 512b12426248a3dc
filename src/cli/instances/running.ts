// Whether the service of an instance runs: its process id, and proof that the id was not given to another process since.
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../clock.js';

interface Running {
  pid: number;
  /** When the process began, as the system says it; no other process with this id began then. */
  began: string;
}

const pidFile = 'pid.json';
const checkEveryMs = 50;

/** The id of the instance's process; undefined when it does not run. */
export function pidOf(folder: string): number | undefined {
  try {
    const { pid, began } = JSON.parse(readFileSync(join(folder, pidFile), 'utf8')) as Running;
    return began === beganAt(pid) ? pid : undefined;
  } catch {
    return undefined;
  }
}

export function notePid(folder: string, pid: number): void {
  const running: Running = { pid, began: beganAt(pid) ?? '' };
  writeFileSync(join(folder, pidFile), `${JSON.stringify(running)}\n`, { mode: 0o600 });
}

export function forgetPid(folder: string): void {
  rmSync(join(folder, pidFile), { force: true });
}

/** @returns whether the process was gone in time */
export async function waitForEnd(clock: Clock, folder: string, ms: number): Promise<boolean> {
  const until = clock.monotonic() + ms;
  while (pidOf(folder) !== undefined) {
    if (clock.monotonic() >= until) return false;
    await clock.sleep(checkEveryMs);
  }
  return true;
}

/** Undefined when there is no such process, or it has ended and only its parent has not noticed. */
function beganAt(pid: number): string | undefined {
  try {
    // Field 22 of proc(5); the name in field 2 may hold blanks and parentheses.
    const [state, ...fields] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return state === 'Z' ? undefined : fields[18];
  } catch {
    return process.platform === 'linux' ? undefined : askPs(pid);
  }
}

function askPs(pid: number): string | undefined {
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    return undefined;
  }
}
