// Runs `mail-proxy` as a shell does: a plain process, or one in a pseudo-terminal whose questions are answered.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
}

const program = fileURLToPath(new URL('../../../bin/run.js', import.meta.url));
const timeoutMs = 60_000;

/** Nothing of the environment of the tests reaches the command but PATH. */
function environment(env: Record<string, string>): Record<string, string> {
  return { PATH: process.env.PATH ?? '', TZ: 'UTC', ...env };
}

export function runCli(args: string[], env: Record<string, string>, input = ''): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...args], {
      env: environment(env),
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
    });
    const ran = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => {
      ran.stdout += chunk;
    });
    child.stderr.on('data', (chunk: Buffer) => {
      ran.stderr += chunk;
    });
    child.stdin.on('error', () => {}).end(input);
    child.once('error', reject).once('close', (code) => resolve({ code, ...ran }));
  });
}

/**
 * Runs it in a pseudo-terminal, that of script(1).
 * @param answers what is typed once the text before it has been shown
 */
export async function runInTerminal(
  args: string[],
  env: Record<string, string>,
  answers: [shown: RegExp, typed: string][],
): Promise<{ code: number | null; screen: string }> {
  const command = [process.execPath, program, ...args].map((word) => `'${word}'`).join(' ');
  const child = spawn('script', ['-qfec', `stty cols 100 rows 40; exec ${command}`, '/dev/null'], {
    env: { ...environment(env), TERM: 'xterm', SHELL: '/bin/sh' },
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  });
  let screen = '';
  let from = 0;
  const left = [...answers];
  child.stdin.on('error', () => {});
  child.stdout.on('data', (chunk: Buffer) => {
    screen += chunk;
    const [next] = left;
    const found = next?.[0].exec(screen.slice(from));
    if (next === undefined || found === null || found === undefined) return;
    from += found.index + found[0].length;
    left.shift();
    child.stdin.write(next[1]);
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject).once('close', (code) => resolve({ code, screen }));
  });
}
