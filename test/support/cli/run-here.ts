// Runs a command of `mail-proxy` in this process, which costs a tenth of a process of its own. It must not read stdin.
import { fileURLToPath } from 'node:url';
import { format } from 'node:util';
import { vi } from 'vitest';
import { execute } from '../../../src/cli/main.js';
import type { Ran } from './run-cli.js';

const program = new URL('../../../bin/run.js', import.meta.url);

class Exit extends Error {}

/** Warnings of Node are about the whole process, and so about other tests as well. */
const ofNode = /^\(node:\d+\) |^\(Use `node --trace-/;

/** One at a time, because output, environment and arguments are those of the process. */
export async function runHere(args: string[], env: Record<string, string>): Promise<Ran> {
  const ran = { stdout: '', stderr: '' };
  const { argv, exitCode } = process;
  const before = process.stdout.listeners('error');
  for (const name of ['stdout', 'stderr'] as const) {
    vi.spyOn(process[name], 'write').mockImplementation((chunk, ...rest) => {
      const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
      if (!ofNode.test(text)) ran[name] += text;
      for (const done of rest) if (typeof done === 'function') done();
      return true;
    });
  }
  // The console is vitest's, which does not write to the streams of the process.
  for (const [method, name] of [
    ['log', 'stdout'],
    ['error', 'stderr'],
  ] as const) {
    vi.spyOn(console, method).mockImplementation((...parts) => {
      const text = format(...parts);
      if (!ofNode.test(text)) ran[name] += `${text}\n`;
    });
  }
  vi.spyOn(process, 'exit').mockImplementation((code) => {
    process.exitCode = code ?? 0;
    throw new Exit();
  });
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  process.argv = [process.execPath, fileURLToPath(program), ...args];
  process.exitCode = 0;
  try {
    await execute(program.href);
    return { code: Number(process.exitCode), ...ran };
  } catch (error) {
    if (!(error instanceof Exit)) throw error;
    return { code: Number(process.exitCode), ...ran };
  } finally {
    for (const listener of process.stdout.listeners('error')) {
      if (!before.includes(listener)) process.stdout.off('error', listener as (error: Error) => void);
    }
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
    Object.assign(process, { argv, exitCode });
  }
}
