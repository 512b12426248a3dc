// Receives the reports of a tenant as its application would: verifies and shows each, and passes it on.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../../clock.js';
import { Fault, reasonOf } from '../../errors.js';

export interface Report {
  /** How many events it has. */
  entries: Record<string, unknown>[];
  /** `unsigned`: without a signature, or without a secret to compare with. */
  signature: 'valid' | 'WRONG' | 'unsigned';
  /** What the service was answered. */
  status: number;
}

export interface ReceiveSettings {
  host: string;
  /** 0: a free one. */
  port: number;
  /** Undefined: reports are acknowledged. */
  forwardTo?: string;
  /** Read anew for each report. */
  secret?: string;
}

interface Receiving {
  port: number;
  close(): Promise<void>;
}

/** What the service sends at most (GMP_REPORT_BATCH_SIZE events), with room to spare. */
const longestBody = 64 * 1024 * 1024;
/** Standard Webhooks: older or newer reports may be replayed ones. */
const toleranceSeconds = 300;
const patienceMs = 30_000;
/** The connection between the two is not the application's affair. */
const notPassedOn = new Set(['host', 'connection', 'content-length', 'transfer-encoding', 'keep-alive']);

/** @throws Fault `port_in_use` */
export async function receiveReports(
  ctx: { clock: Clock },
  settings: ReceiveSettings,
  show: (report: Report) => void,
): Promise<Receiving> {
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await read(request);
    const { status, text } = await passOn(settings.forwardTo, request, body);
    const signature = signatureOf(request.headers, body, settings.secret, ctx.clock.now());
    show({ entries: entriesIn(body), signature, status });
    response.writeHead(status, { 'content-type': 'application/json' }).end(text);
  };
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  }).listen(settings.port, settings.host);
  try {
    await once(server, 'listening');
  } catch (error) {
    const at = `${settings.host}:${settings.port}`;
    throw new Fault('port_in_use', `Cannot listen on ${at}: ${reasonOf(error)}`);
  }
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += (chunk as Buffer).length;
    if (length > longestBody) throw new Error('the report is too long');
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

/** An application that does not answer is told to the service as such, so that it reports again later. */
async function passOn(
  forwardTo: string | undefined,
  request: IncomingMessage,
  body: Buffer,
): Promise<{ status: number; text: string }> {
  if (forwardTo === undefined) return { status: 200, text: '{"ok":true}' };
  const headers = Object.entries(request.headers).flatMap(([name, value]): [string, string][] =>
    typeof value === 'string' && !notPassedOn.has(name) ? [[name, value]] : [],
  );
  try {
    const signal = AbortSignal.timeout(patienceMs);
    const answer = await fetch(forwardTo, { method: 'POST', headers, body: new Uint8Array(body), signal });
    return { status: answer.status, text: await answer.text() };
  } catch (error) {
    const cause = error instanceof Error && error.cause ? error.cause : error;
    const why = `${forwardTo} does not answer: ${reasonOf(cause)}`;
    return { status: 502, text: JSON.stringify({ ok: false, error: why }) };
  }
}

/** As Standard Webhooks has it: one of the signatures in the header must fit. */
function signatureOf(
  headers: IncomingHttpHeaders,
  body: Buffer,
  secret: string | undefined,
  now: number,
): Report['signature'] {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': given } = headers;
  if (secret === undefined || given === undefined) return 'unsigned';
  if (Math.abs(now / 1000 - Number(timestamp)) > toleranceSeconds) return 'WRONG';
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const expected = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest();
  const fits = String(given)
    .split(' ')
    .map((one) => Buffer.from(one.replace(/^v1,/, ''), 'base64'))
    .some((one) => one.length === expected.length && timingSafeEqual(one, expected));
  return fits ? 'valid' : 'WRONG';
}

function entriesIn(body: Buffer): Record<string, unknown>[] {
  try {
    const { delivery_report } = JSON.parse(body.toString('utf8')) as { delivery_report?: unknown };
    return Array.isArray(delivery_report) ? delivery_report : [];
  } catch {
    return [];
  }
}
