// Runs the built program, `bin/run.js serve`, as an operator would, and talks to it over HTTP only.
import { fileURLToPath } from 'node:url';
import { type Child, type Exit, startChild } from './child.js';
import { freePort } from './free-port.js';
import { apiCaller, type Service, serviceSettings } from './service.js';
import { waitFor } from './wait-for.js';

export interface ProgramOptions {
  /** Default: a folder without a .env, so that none of a developer's settings reach the service. */
  cwd?: string;
  /** false: `bin/dev.js`, which needs no dist/. */
  built?: boolean;
  /** Another program in place of bin/run.js. */
  program?: string;
  /** What must answer 200 before it counts as started; 'health' where a dependency is down on purpose. */
  until?: 'ready' | 'health';
}

/** A service in a process of its own, which can be killed, frozen and looked at. */
export interface Program extends Service {
  readonly pid: number;
  readonly exited: Promise<Exit>;
  /** SIGKILL */
  kill(): Promise<void>;
}

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 60_000;
/** Flags of this process that make a start quicker. */
const INHERITED_FLAGS = ['--liftoff-only', '--wasm-lazy-compilation', '--min-semi-space-size=16'];
/** What runs for seconds is not worth optimising. A benchmark, which has none of the flags above, does without this one too. */
const SHORT_LIVED = '--no-opt';
/** Nothing else of this process's environment reaches the service, above all no GMP_ variable. */
const INHERITED = ['PATH', 'HOME', 'TMPDIR', 'TZ', 'LANG', 'NODE_EXTRA_CA_CERTS'];

export async function startProgram(
  env: Record<string, string>,
  options: ProgramOptions = {},
): Promise<Program> {
  const port = env.GMP_PORT ? Number(env.GMP_PORT) : await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = startChild(process.execPath, [...flags(), programPath(options), 'serve'], {
    cwd: options.cwd ?? fileURLToPath(new URL('.', import.meta.url)),
    env: {
      ...inherited(),
      ...serviceSettings,
      ...env,
      GMP_PORT: String(port),
    },
  });
  await answers(child, `${url}/${options.until ?? 'ready'}`);

  return {
    url,
    port,
    pid: child.pid,
    exited: child.exited,
    output: child.output,
    api: apiCaller(url, env.GMP_API_TOKEN),
    term: async () => (await child.end('SIGTERM', STOP_TIMEOUT_MS)).code,
    kill: async () => {
      await child.end('SIGKILL');
    },
  };
}

function programPath({ program, built = true }: ProgramOptions): string {
  return program ?? fileURLToPath(new URL(`../../../bin/${built ? 'run' : 'dev'}.js`, import.meta.url));
}

function flags(): string[] {
  const inherited = process.execArgv.filter((flag) => INHERITED_FLAGS.includes(flag));
  return inherited.length === 0 ? [] : [...inherited, SHORT_LIVED];
}

function inherited(): Record<string, string> {
  return Object.fromEntries(
    INHERITED.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])),
  );
}

async function answers(child: Child, url: string): Promise<void> {
  const started = waitFor(
    `200 from ${url}`,
    async () => {
      if (!child.running) return true;
      return (await fetch(url, { signal: AbortSignal.timeout(5000) })).status === 200;
    },
    { timeoutMs: START_TIMEOUT_MS },
  );
  try {
    await started;
    if (!child.running) throw new Error('the service ended before it was ready');
  } catch (error) {
    const { code, signal } = await child.end('SIGKILL');
    const message = `${error instanceof Error ? error.message : String(error)} (exit ${code ?? signal})`;
    throw new Error(`${message}:\n${child.output()}`);
  }
}
