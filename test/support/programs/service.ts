// Runs the built program, `bin/run.js serve`, as an operator would, and talks to it over HTTP only.
import { fileURLToPath } from 'node:url';
import { type Child, type Exit, startChild } from './child.js';
import { freePort } from './free-port.js';
import { waitFor } from './wait-for.js';

export interface ServiceOptions {
  cwd?: string;
  /** false: `bin/dev.js`, which needs no dist/. */
  built?: boolean;
  /** Another program in place of bin/run.js. */
  program?: string;
  /** What must answer 200 before it counts as started; 'health' where a dependency is down on purpose. */
  until?: 'ready' | 'health';
}

export interface ApiAnswer<Body> {
  status: number;
  /** Parsed when it is JSON, else text. */
  body: Body;
  headers: Headers;
}

export interface ApiOptions {
  /** Default: the admin token; null sends none. */
  token?: string | null;
  headers?: Record<string, string>;
  timeoutMs?: number;
}

export interface Service {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly exited: Promise<Exit>;
  /** stdout and stderr so far. */
  output(): string;
  /** A string body goes out as it is, anything else as JSON. */
  api<Body = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    options?: ApiOptions,
  ): Promise<ApiAnswer<Body>>;
  /** SIGTERM; resolves with the exit code, null when only SIGKILL ended it. */
  term(): Promise<number | null>;
  /** SIGKILL */
  kill(): Promise<void>;
}

export const ADMIN_TOKEN = 'test-admin-token';

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 60_000;
const CALL_TIMEOUT_MS = 30_000;
/** Nothing else of this process's environment reaches the service, above all no GMP_ variable. */
const INHERITED_FLAGS = ['--liftoff-only'];
const INHERITED = ['PATH', 'HOME', 'TMPDIR', 'TZ', 'LANG', 'NODE_EXTRA_CA_CERTS'];

export async function startService(
  env: Record<string, string>,
  options: ServiceOptions = {},
): Promise<Service> {
  const port = env.GMP_PORT ? Number(env.GMP_PORT) : await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = startChild(process.execPath, [...flags(), programPath(options), 'serve'], {
    cwd: options.cwd ?? process.cwd(),
    env: {
      ...inherited(),
      GMP_HOST: '127.0.0.1',
      GMP_API_TOKEN: ADMIN_TOKEN,
      // All tests call from one address, and many with wrong tokens on purpose.
      GMP_MAX_FAILED_TOKENS: '0',
      ...env,
      GMP_PORT: String(port),
    },
  });
  await answers(child, `${url}/${options.until ?? 'ready'}`);

  const adminToken = env.GMP_API_TOKEN ?? ADMIN_TOKEN;
  return {
    url,
    port,
    pid: child.pid,
    exited: child.exited,
    output: child.output,
    api: (method, path, body, { token = adminToken, headers = {}, timeoutMs = CALL_TIMEOUT_MS } = {}) =>
      call(url + path, {
        method,
        headers: {
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(token === null ? {} : { 'x-api-token': token }),
          ...headers,
        },
        body: body === undefined || typeof body === 'string' ? (body ?? null) : JSON.stringify(body),
        signal: AbortSignal.timeout(timeoutMs),
      }),
    term: async () => (await child.end('SIGTERM', STOP_TIMEOUT_MS)).code,
    kill: async () => {
      await child.end('SIGKILL');
    },
  };
}

function programPath({ program, built = true }: ServiceOptions): string {
  return program ?? fileURLToPath(new URL(`../../../bin/${built ? 'run' : 'dev'}.js`, import.meta.url));
}

function flags(): string[] {
  return process.execArgv.filter((flag) => INHERITED_FLAGS.includes(flag));
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

async function call<Body>(url: string, init: RequestInit): Promise<ApiAnswer<Body>> {
  const response = await fetch(url, init);
  const text = await response.text();
  const json = response.headers.get('content-type')?.includes('json');
  return {
    status: response.status,
    body: (json && text ? JSON.parse(text) : text) as Body,
    headers: response.headers,
  };
}
