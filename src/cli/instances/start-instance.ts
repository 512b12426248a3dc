// Starts the service of an instance in a process of its own, and waits until it answers.
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Clock } from '../../clock.js';
import { Fault } from '../../errors.js';
import { packageFolder } from '../../package-folder.js';
import { configOf, type Instance, logFile } from './instance.js';
import { forgetPid, notePid, pidOf } from './running.js';

const startMs = 60_000;
const checkEveryMs = 100;
const linesShown = 5;

/**
 * @param attached whether the service writes to this terminal and ends with it; else it writes to the log of the instance
 * @returns `running` when it ran already, or another start was quicker; else the exit code of an attached service
 * @throws Fault `bad_settings` with what the service said when it does not start, `busy` when it has not started in time
 */
export async function startInstance(
  ctx: { clock: Clock },
  instance: Instance,
  attached: boolean,
): Promise<'started' | 'running' | number> {
  if (pidOf(instance.folder) !== undefined) return 'running';
  const log = join(instance.folder, logFile);
  const output = attached ? 'inherit' : openSync(log, 'a', 0o600);
  const before = attached ? 0 : statSync(log).size;
  const program = fileURLToPath(new URL('bin/run.js', packageFolder));
  const service = spawn(process.execPath, [program, 'serve', '--config', configOf(instance)], {
    cwd: instance.folder,
    detached: !attached,
    stdio: ['ignore', output, output],
  });
  if (typeof output === 'number') closeSync(output);
  let exitCode: number | undefined;
  const ended = new Promise<number>((resolve) => {
    service.once('exit', (code) => resolve(code ?? 1)).once('error', () => resolve(1));
  });
  void ended.then((code) => {
    exitCode = code;
  });
  const until = ctx.clock.monotonic() + startMs;
  while (exitCode === undefined && !(await answers(instance))) {
    if (ctx.clock.monotonic() >= until) {
      service.kill('SIGKILL');
      throw new Fault('busy', `${instance.name} does not answer after ${startMs / 1000} s; see ${log}`);
    }
    await ctx.clock.sleep(checkEveryMs);
  }
  if (exitCode === undefined && service.pid !== undefined) notePid(instance.folder, service.pid);
  else if (pidOf(instance.folder) !== undefined || (await isUpSoon(ctx, instance))) return 'running';
  else throw new Fault('bad_settings', attached ? `${instance.name} did not start` : lastLines(log, before));
  if (!attached) {
    service.unref();
    return 'started';
  }
  const code = await endOf(service, ended);
  forgetPid(instance.folder);
  return code;
}

/** Ctrl-C reaches the service too, as a process of the same terminal; other signals are passed on. */
async function endOf(service: ReturnType<typeof spawn>, ended: Promise<number>): Promise<number> {
  const passOn = () => void service.kill('SIGTERM');
  const wait = () => {};
  process.on('SIGTERM', passOn).on('SIGINT', wait);
  try {
    return await ended;
  } finally {
    process.off('SIGTERM', passOn).off('SIGINT', wait);
  }
}

/** Whether another start that was quicker has brought the service up. */
async function isUpSoon(ctx: { clock: Clock }, instance: Instance): Promise<boolean> {
  for (let tries = 0; tries < 50; tries += 1) {
    if (await answers(instance)) return true;
    if (!readFileSync(join(instance.folder, logFile), 'utf8').includes('is in use')) return false;
    await ctx.clock.sleep(checkEveryMs);
  }
  return false;
}

/** Whether the service at the address knows the token of this instance, so that another on its port does not count. */
async function answers({ url, token }: Instance): Promise<boolean> {
  try {
    const headers = { 'x-api-token': token };
    const answer = await fetch(`${url}/status`, { headers, signal: AbortSignal.timeout(5000) });
    await answer.text();
    return answer.ok;
  } catch {
    return false;
  }
}

function lastLines(log: string, from: number): string {
  const text = readFileSync(log).subarray(from).toString('utf8').trimEnd();
  return text.split('\n').slice(-linesShown).join('\n') || `It did not start; see ${log}`;
}
