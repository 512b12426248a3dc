// Stands in for a tenant's application: records what is posted to it and answers as told.
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { watchChanges } from './changes.js';

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
}

export interface ReportAppOptions {
  port?: number;
  /** `n` counts the calls from 1; without an answer it is 200 `{"ok": true}`. */
  answer?: (call: AppCall, n: number) => AppAnswer | undefined | Promise<AppAnswer | undefined>;
}

export interface ReportApp {
  readonly url: string;
  readonly port: number;
  readonly calls: AppCall[];
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
  const entries: ReportEntry[] = [];
  const changes = watchChanges();
  let n = 0;

  const server = createServer(async (request, response) => {
    try {
      const call = await readCall(request);
      calls.push(call);
      entries.push(...reportEntries(call.body));
      n++;
      const answering = options.answer?.(call, n);
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
      calls.length = 0;
      entries.length = 0;
      n = 0;
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

async function answer(response: ServerResponse, told: AppAnswer): Promise<void> {
  if (told.delayMs) await delay(told.delayMs);
  if (told.hang) return;
  if (told.drop) {
    response.destroy();
    return;
  }
  const bytes = Buffer.isBuffer(told.body);
  response.writeHead(told.status ?? 200, {
    'content-type': bytes ? 'application/octet-stream' : 'application/json',
    ...told.headers,
  });
  if (told.endless) return flood(response);
  response.end(bytes ? told.body : JSON.stringify(told.body ?? { ok: true }));
}

async function flood(response: ServerResponse): Promise<void> {
  const chunk = Buffer.alloc(64 * 1024, ' ');
  while (!response.destroyed) await new Promise<void>((resolve) => response.write(chunk, () => resolve()));
}
