// Starts a program that does not outlive this process and keeps what it prints.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { onProcessEnd } from './process-end.js';

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface Child {
  readonly pid: number;
  /** Everything printed so far, stdout and stderr in the order of arrival. */
  output(): string;
  readonly exited: Promise<Exit>;
  readonly running: boolean;
  /** Resolves when the output matches; rejects, with the output, when the program ends first or time runs out. */
  printed(pattern: RegExp, timeoutMs: number): Promise<void>;
  /** Sends the signal and waits for the end; after `graceMs` it is SIGKILL. */
  end(signal: NodeJS.Signals, graceMs?: number): Promise<Exit>;
}

export interface ChildOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  uid?: number;
  gid?: number;
  /** What ends it when this process ends first. */
  lastSignal?: NodeJS.Signals;
}

const KEPT_OUTPUT_CHARACTERS = 4_000_000;

export function startChild(command: string, args: string[], options: ChildOptions = {}): Child {
  const { lastSignal = 'SIGKILL', ...spawnOptions } = options;
  const [program, ...words] = [...dyingWithUs(lastSignal), command, ...args] as [string, ...string[]];
  const child = spawn(program, words, { ...spawnOptions, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let running = true;
  const checks = new Set<() => void>();
  const collect = (chunk: string) => {
    output = (output + chunk).slice(-KEPT_OUTPUT_CHARACTERS);
    for (const check of checks) check();
  };
  child.stdout.setEncoding('utf8').on('data', collect);
  child.stderr.setEncoding('utf8').on('data', collect);
  const forget = onProcessEnd(() => child.kill(lastSignal));

  const exited = new Promise<Exit>((resolve) => {
    const done = (exit: Exit) => {
      running = false;
      forget();
      resolve(exit);
      for (const check of checks) check();
    };
    child.once('error', (error) => {
      output += `${error.message}\n`;
      if (child.pid === undefined) done({ code: null, signal: null });
    });
    // 'close', not 'exit': only then has everything it printed arrived.
    child.once('close', (code, signal) => done({ code, signal }));
  });

  const printed = (pattern: RegExp, timeoutMs: number) =>
    new Promise<void>((resolve, reject) => {
      const finish = (fault?: string) => {
        clearTimeout(timer);
        checks.delete(check);
        if (fault === undefined) resolve();
        else reject(new Error(`${command} ${fault}:\n${output}`));
      };
      const check = () => {
        if (pattern.test(output)) finish();
        else if (!running) finish(`ended before it printed ${pattern}`);
      };
      const timer = setTimeout(() => finish(`did not print ${pattern} in ${timeoutMs} ms`), timeoutMs);
      checks.add(check);
      check();
    });

  const end = async (signal: NodeJS.Signals, graceMs = 20_000) => {
    if (running) child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
    try {
      return await exited;
    } finally {
      clearTimeout(timer);
    }
  };

  return {
    pid: child.pid ?? -1,
    output: () => output,
    exited,
    get running() {
      return running;
    },
    printed,
    end,
  };
}

/** On Linux the kernel sends the last signal, even when this process is killed as vitest kills its forks. */
function dyingWithUs(signal: NodeJS.Signals): string[] {
  const setpriv = '/usr/bin/setpriv';
  return existsSync(setpriv) ? [setpriv, '--pdeathsig', signal.replace('SIG', ''), '--'] : [];
}
