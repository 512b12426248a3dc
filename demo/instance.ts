// One mail-proxy as an operator would start it: a child process with its database in the temporary folder.

import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export type Instance = {
  url: string;
  token: string;
  /** Aborted, with the reason, when the process ends without having been asked to. */
  died: AbortSignal;
  /** Sends SIGTERM, then SIGKILL after ten seconds. Resolves to the faults of the stop. */
  stop(): Promise<string[]>;
};

const groups: ChildProcess[] = [];
const stopWithinMs = 10_000;
const repository = fileURLToPath(new URL('..', import.meta.url));
export const logPath = (folder: string) => join(folder, 'instance.log');

export function startInstance(folder: string, port: number): Instance {
  const token = randomBytes(32).toString('base64url');
  const log = openSync(logPath(folder), 'a');
  // The instance has a process group of its own, so that Ctrl-C reaches the demo alone, which then stops the instance.
  const child = spawn(process.execPath, [join(repository, 'bin', 'run.js'), 'serve'], {
    cwd: repository,
    env: environment(folder, port, token),
    stdio: ['ignore', log, log],
    detached: true,
  });
  closeSync(log);
  groups.push(child);
  const died = new AbortController();
  let stopping = false;
  const ended = (reason: string) => stopping || died.abort(new Error(reason));
  child.once('error', (error) => ended(`the instance could not be started: ${error.message}`));
  child.once('exit', (code, signal) => ended(`the instance ended by itself (${signal ?? `exit ${code}`})`));
  return {
    url: `http://127.0.0.1:${port}`,
    token,
    died: died.signal,
    stop: () => {
      stopping = true;
      return stopChild(child);
    },
  };
}

/** Resolves to the milliseconds until GET /ready was 200; throws with the last answer when that takes too long. */
export async function waitUntilReady(url: string, withinMs: number, signal: AbortSignal): Promise<number> {
  const startedAt = Date.now();
  const giveUpAt = startedAt + withinMs;
  let last = 'no answer';
  while (Date.now() < giveUpAt) {
    try {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(2_000)]);
      const answer = await fetch(`${url}/ready`, { signal: limit });
      const text = await answer.text();
      if (answer.status === 200) return Date.now() - startedAt;
      last = `${answer.status} ${text}`;
    } catch (error) {
      signal.throwIfAborted();
      last = error instanceof Error ? error.message : String(error);
    }
    await pause(50, undefined, { signal });
  }
  throw new Error(`GET /ready was not 200 within ${withinMs / 1000} s; last: ${last.trim()}`);
}

export async function logTail(folder: string, lines = 40): Promise<string> {
  const text = await readFile(logPath(folder), 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-lines).join('\n');
}

function environment(folder: string, port: number, token: string): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(GMP|MAIL_PROXY)_/.test(name));
  return {
    ...Object.fromEntries(inherited),
    MAIL_PROXY_HOME: join(folder, 'home'),
    GMP_DB_PATH: join(folder, 'mail_service.db'),
    GMP_HOST: '127.0.0.1',
    GMP_PORT: String(port),
    GMP_API_TOKEN: token,
    GMP_RETRY_DELAYS: '2,4,8,16,32',
  };
}

async function stopChild(child: ChildProcess): Promise<string[]> {
  if (child.pid === undefined) return [];
  if (child.exitCode !== null || child.signalCode !== null) {
    killGroup(child); // the instance died by itself; its redis-server may still run
    return [];
  }
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = new AbortController();
  const inTime = await Promise.race([
    exited.then(() => true),
    pause(stopWithinMs, false, { signal: timer.signal }).catch(() => true),
  ]);
  timer.abort();
  if (!inTime) {
    killGroup(child);
    await exited;
    return [`the instance did not stop within ${stopWithinMs / 1000} s of SIGTERM and was killed`];
  }
  return child.exitCode === 0
    ? []
    : [`the instance ended with ${child.signalCode ?? `exit ${child.exitCode}`} after SIGTERM`];
}

/** The last resort: sends SIGKILL to every instance and its children, without waiting. */
export function killGroups(): void {
  for (const child of groups) killGroup(child);
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // The group has ended already.
  }
}
