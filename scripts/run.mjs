// Runs a program to its end, quietly or on this terminal. Never waits for input.
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * Runs quietly and resolves with the exit code and everything printed (stdout and stderr).
 * @param {string} command
 * @param {string[]} args
 * @param {{ env?: Record<string, string | undefined>, cwd?: string }} [options]
 * @returns {Promise<{ code: number, output: string }>}
 */
export function run(command, args, { env = {}, cwd = root } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, FORCE_COLOR: undefined, NO_COLOR: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text;
      });
    }
    child.once('error', (error) => resolve({ code: 127, output: `${output}${error.message}\n` }));
    child.once('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

/**
 * Runs a Node program on this terminal and resolves with its exit code; signals reach it first.
 * @param {string[]} args
 * @param {Record<string, string | undefined>} [env]
 * @returns {Promise<number>}
 */
export function runNode(args, env = {}) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: 'inherit',
    });
    const forward = (signal) => child.kill(signal);
    // Ctrl-C reaches the child by itself. This process only has to outlive the child.
    const stay = () => {};
    process.on('SIGINT', stay).on('SIGTERM', forward);
    child.once('close', (code, signal) => {
      process.off('SIGINT', stay).off('SIGTERM', forward);
      resolve(code ?? (signal === 'SIGINT' ? 130 : 1));
    });
  });
}

/** Path of a file in node_modules. */
export function packageFile(...parts) {
  return join(root, 'node_modules', ...parts);
}

/** The first and last lines of a long output, where the cause of a failure usually stands. */
export function excerpt(output, first = 15, last = 35) {
  const lines = output.trimEnd().split('\n');
  if (lines.length <= first + last) return lines.join('\n');
  return [...lines.slice(0, first), '[...]', ...lines.slice(-last)].join('\n');
}

/**
 * Does one step; says what it is when it begins, and how long it took at its end. Steps may overlap.
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(name, work) {
  const startedAt = Date.now();
  console.log(`${name} ...`);
  try {
    return await work();
  } finally {
    console.log(`${name}: ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
  }
}

/** Runs the body of a script. An error is printed as its message, without a stack. */
export async function main(body) {
  try {
    process.exitCode = await body();
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}
