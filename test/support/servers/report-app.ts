// Stands in for a tenant's application: records what is posted to it and answers as told.
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { watchChanges } from '../programs/changes.js';

export interface AppCall {
  method: string;
  /** Path with query. */
  path: string;
  headers: IncomingHttpHeaders;
  /** The parsed JSON; undefined when it was none. */
  body: unknown;
  raw: Buffer;
  /** Unix time in ms, when the body was complete. */
  receivedAt: number;
}

/** One entry of a `delivery_report`; the fields beside these depend on the event (contract, section 9). */
export interface ReportEntry {
  tenant_id?: string;
  id: string;
  pk?: string;
  [field: string]: unknown;
}

export interface AppAnswer {
  status?: number;
  headers?: Record<string, string>;
  /** JSON, or bytes as they are. */
  body?: unknown;
  delayMs?: number;
  /** Never answers. */
  hang?: boolean;
  /** Cuts the connection instead of answering. */
  drop?: boolean;
  /** Sends a body that never ends. */
  endless?: boolean;
  /** Resets the connection: in place of the answer, or after half of its body. */
  reset?: 'at once' | 'half way';
  /** Sends the body in so many pieces, each on its own. */
  pieces?: number;
  /** Sends the head and then nothing more. */
  headOnly?: boolean;
}

export interface ReportAppOptions {
  port?: number;
  /** `n` counts the calls from 1; without an answer it is 200 `{"ok": true}`. */
  answer?: Answering;
  /** The same for calls without entries, which come whenever nothing has been told for a while; they are counted apart. */
  idle?: Answering;
}

type Answering = (call: AppCall, n: number) => AppAnswer | undefined | Promise<AppAnswer | undefined>;

export interface ReportApp {
  readonly url: string;
  readonly port: number;
  /** Those that brought entries. */
  readonly calls: AppCall[];
  /** Those that brought none. */
  readonly idleCalls: AppCall[];
  /** Every entry of every `delivery_report` so far, in the order of arrival, whatever the answer was. */
  readonly entries: ReportEntry[];
  waitForEntry(
    predicate: (entry: ReportEntry) => boolean,
    options?: { timeoutMs?: number },
  ): Promise<ReportEntry>;
  waitFor(predicate: (app: ReportApp) => boolean, options?: { timeoutMs?: number }): Promise<void>;
  clear(): void;
  stop(): Promise<void>;
}

const WAIT_MS = 20_000;

export async function startReportApp(options: ReportAppOptions = {}): Promise<ReportApp> {
  const calls: AppCall[] = [];
  const idleCalls: AppCall[] = [];
  const entries: ReportEntry[] = [];
  const changes = watchChanges();
  const numbers = { idle: 0, answer: 0 };

  const server = createServer(async (request, response) => {
    try {
      const call = await readCall(request);
      const kind = isIdle(call.body) ? 'idle' : 'answer';
      (kind === 'idle' ? idleCalls : calls).push(call);
      entries.push(...reportEntries(call.body));
      numbers[kind]++;
      const answering = options[kind]?.(call, numbers[kind]);
      changes.changed();
      await answer(response, (await answering) ?? {});
    } catch {
      response.destroy(); // the caller went away in the middle
    }
  });
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  const app: ReportApp = {
    url: `http://127.0.0.1:${port}`,
    port,
    calls,
    idleCalls,
    entries,
    waitForEntry: async (predicate, { timeoutMs = WAIT_MS } = {}) => {
      const describe = () => `a report entry; so far: ${JSON.stringify(entries)}`;
      await changes.until(() => entries.some(predicate), describe, timeoutMs);
      return entries.find(predicate)!;
    },
    waitFor: (predicate, { timeoutMs = WAIT_MS } = {}) => {
      const describe = () => `the application; ${calls.length} calls, entries: ${JSON.stringify(entries)}`;
      return changes.until(() => predicate(app), describe, timeoutMs);
    },
    clear: () => {
      for (const list of [calls, idleCalls, entries]) list.length = 0;
      numbers.idle = 0;
      numbers.answer = 0;
    },
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
  return app;
}

async function readCall(request: IncomingMessage): Promise<AppCall> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const raw = Buffer.concat(chunks);
  const { method = '', url: path = '', headers } = request;
  return { method, path, headers, body: parseJson(raw), raw, receivedAt: Date.now() };
}

function parseJson(raw: Buffer): unknown {
  try {
    return JSON.parse(raw.toString('utf8'));
  } catch {
    return undefined;
  }
}

function reportEntries(body: unknown): ReportEntry[] {
  if (typeof body !== 'object' || body === null || !('delivery_report' in body)) return [];
  return Array.isArray(body.delivery_report) ? (body.delivery_report as ReportEntry[]) : [];
}

function isIdle(body: unknown): boolean {
  if (typeof body !== 'object' || body === null || !('delivery_report' in body)) return false;
  return Array.isArray(body.delivery_report) && body.delivery_report.length === 0;
}

async function answer(response: ServerResponse, told: AppAnswer): Promise<void> {
  if (told.delayMs) await delay(told.delayMs);
  if (told.hang) return;
  if (told.drop) {
    response.destroy();
    return;
  }
  if (told.reset === 'at once') {
    response.socket?.resetAndDestroy();
    return;
  }
  const bytes = Buffer.isBuffer(told.body);
  response.writeHead(told.status ?? 200, {
    'content-type': bytes ? 'application/octet-stream' : 'application/json',
    ...told.headers,
  });
  if (told.endless) return flood(response);
  const body = Buffer.from(bytes ? (told.body as Buffer) : JSON.stringify(told.body ?? { ok: true }));
  if (told.headOnly) return response.flushHeaders();
  if (told.reset === 'half way') {
    response.write(body.subarray(0, body.length / 2), () => response.socket?.resetAndDestroy());
    return;
  }
  const size = Math.ceil(body.length / (told.pieces ?? 1)) || 1;
  for (let from = 0; from < body.length; from += size) {
    await new Promise<void>((resolve) => response.write(body.subarray(from, from + size), () => resolve()));
    if (told.pieces) await delay(5);
  }
  response.end();
}

async function flood(response: ServerResponse): Promise<void> {
  const chunk = Buffer.alloc(64 * 1024, ' ');
  while (!response.destroyed) await new Promise<void>((resolve) => response.write(chunk, () => resolve()));
}
