// Starts the built program where it has to refuse, and tells what it said and what it left behind.
import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from './free-port.js';
import { tempFolder } from './temp-folder.js';

export interface RefusedStart {
  code: number | null;
  stdout: string;
  /** What it said on stderr, a line each. */
  lines: string[];
  /** The files and folders below its working directory, which was empty. */
  created: string[];
}

const TIMEOUT_MS = 60_000;
const PROGRAM = fileURLToPath(new URL('../../../bin/run.js', import.meta.url));

/**
 * @param env all of its environment; a free GMP_PORT is added
 * @param args default: `serve`
 */
export async function refusedStart(
  env: Record<string, string>,
  args: string[] = ['serve'],
): Promise<RefusedStart> {
  const folder = await tempFolder('refused');
  const port = String(await freePort());
  try {
    const told = await new Promise<Omit<RefusedStart, 'created'>>((resolve) => {
      const options = {
        cwd: folder.path,
        env: { PATH: process.env.PATH, HOME: folder.path, GMP_HOST: '127.0.0.1', GMP_PORT: port, ...env },
        timeout: TIMEOUT_MS,
        killSignal: 'SIGKILL',
      } as const;
      const child = execFile(process.execPath, [PROGRAM, ...args], options, (_error, stdout, stderr) => {
        const lines = stderr.split('\n').filter((line) => line !== '');
        resolve({ code: child.exitCode, stdout, lines });
      });
    });
    return { ...told, created: await readdir(folder.path, { recursive: true }) };
  } finally {
    await folder.remove();
  }
}
