// A service under test and how it is called; `bootService` starts one in the test's own process.
import { Writable } from 'node:stream';
import { startService } from '../../../src/cli/start-service.js';
import { readConfig } from '../../../src/config.js';
import { openLog } from '../../../src/log.js';
import { freePort } from './free-port.js';

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
  /** What the service has printed and logged so far. */
  output(): string;
  /** A string body goes out as it is, anything else as JSON. */
  api<Body = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    options?: ApiOptions,
  ): Promise<ApiAnswer<Body>>;
  /** Stops it as SIGTERM does; resolves with the exit code, null when only SIGKILL ended it. */
  term(): Promise<number | null>;
}

export const ADMIN_TOKEN = 'test-admin-token';

/** What every service under test is set to, unless the test sets it otherwise. */
export const serviceSettings = {
  GMP_HOST: '127.0.0.1',
  GMP_API_TOKEN: ADMIN_TOKEN,
  // All tests call from one address, and many with wrong tokens on purpose.
  GMP_MAX_FAILED_TOKENS: '0',
};

const CALL_TIMEOUT_MS = 30_000;

/** Starts the service in this process, put together as `bin/run.js serve` does. It cannot be killed or frozen. */
export async function bootService(env: Record<string, string>): Promise<Service> {
  const port = env.GMP_PORT ? Number(env.GMP_PORT) : await freePort();
  const config = readConfig({ ...serviceSettings, ...env, GMP_PORT: String(port) });
  let output = '';
  const printed = new Writable({
    decodeStrings: false,
    write(chunk, _encoding, done) {
      output += String(chunk);
      done();
    },
  });
  const started = await startService(config, openLog(config, printed), (line) => {
    output += `${line}\n`;
  });
  const url = `http://127.0.0.1:${port}`;
  let ended: Promise<number> | undefined;
  return {
    url,
    port,
    output: () => output,
    api: apiCaller(url, env.GMP_API_TOKEN),
    term: () => {
      ended ??= started.stop().then((inTime) => (inTime ? 0 : 1));
      return ended;
    },
  };
}

/** Calls of the service at this address. */
export function apiCaller(url: string, adminToken = ADMIN_TOKEN): Service['api'] {
  return (method, path, body, { token = adminToken, headers = {}, timeoutMs = CALL_TIMEOUT_MS } = {}) =>
    call(url + path, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === null ? {} : { 'x-api-token': token }),
        ...headers,
      },
      body: body === undefined || typeof body === 'string' ? (body ?? null) : JSON.stringify(body),
      signal: AbortSignal.timeout(timeoutMs),
    });
}

async function call<Body>(url: string, init: RequestInit): Promise<ApiAnswer<Body>> {
  const response = await fetch(url, init);
  const text = await response.text();
  const json = /\bjson\b/.test(response.headers.get('content-type') ?? '');
  return {
    status: response.status,
    body: (json && text ? JSON.parse(text) : text) as Body,
    headers: response.headers,
  };
}
