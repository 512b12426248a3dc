// Posts one report to a tenant's application and says whether the application acknowledged it.
import type { IncomingMessage } from 'node:http';
import { openTimeLimit } from '../concurrency/time-limit.js';
import type { Needs } from '../context.js';
import { answerHead } from '../dial/answer-head.js';
import { openDnsLookup } from '../dial/dns-lookup.js';
import { openHttpAgents } from '../dial/http-agents.js';
import { readRetryAfter } from '../dial/retry-after.js';
import { reasonOf } from '../errors.js';
import type { ReportTarget } from '../store/events/report-target.js';
import type { ClientAuth } from '../store/tenants/tenants.js';
import type { ReportEntry } from './payload.js';

export type PostResult =
  | { kind: 'acknowledged'; answer: string }
  /** `retryAfterMs` is the pause that the application asks for. */
  | { kind: 'refused'; reason: string; retryAfterMs?: number }
  /** HTTP 410: the endpoint will never take a report again. */
  | { kind: 'gone' };

interface Report {
  tenantId: string;
  entries: ReportEntry[];
}

type Sign = (body: string) => Promise<Record<string, string>>;

export interface Poster {
  /**
   * Follows no redirect, because credentials must go to the tenant's URL only.
   * @param sign makes the headers of the signature
   * @param cut ends the call early. It must live no longer than the call or job, because each call adds a listener to it.
   */
  post(target: ReportTarget, report: Report, sign: Sign, cut: AbortSignal): Promise<PostResult>;
  close(): void;
}

const largestAnswer = 1024 * 1024;
/** This much of a refusal's body is received and ignored, so that the connection can be used again. */
const receivedOfRefusal = 64 * 1024;

export function openPoster(ctx: Needs<'config' | 'clock'>, lookup = openDnsLookup(ctx)): Poster {
  const agents = openHttpAgents(ctx, lookup);
  const connectMs = ctx.config.reportConnectTimeoutSeconds * 1000;
  const timeoutMs = ctx.config.reportTimeoutSeconds * 1000;
  return {
    async post(target, { tenantId, entries }, sign, cut) {
      const body = JSON.stringify({
        ...(target.shared && { tenant_id: tenantId }),
        delivery_report: entries,
      });
      // Outside `try`, because a fault here is not the application's failure.
      const signature = await sign(body);
      const headers = {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'user-agent': 'mail-proxy',
        ...authorization(target.auth),
        ...signature,
      };
      const limit = openTimeLimit(ctx.clock, timeoutMs, cut);
      const { signal } = limit;
      try {
        const url = new URL(target.url);
        const options = { method: 'POST', headers, signal };
        const response = await answerHead(agents.request(url, target.isTrusted, connectMs, options), body);
        // The rest of a refusal is still being received when its judgement is returned.
        response.once('close', limit.end);
        return await judge(ctx, response);
      } catch (error) {
        limit.end();
        return { kind: 'refused', reason: signal.aborted ? reasonOf(signal.reason) : explain(error) };
      }
    },
    // At once, because the caller has already waited for the reports in flight.
    close: () => agents.close(),
  };
}

/** Node's errors about the form of an answer repeat parts of it, which is not for reports of failures. */
function explain(error: unknown): string {
  const { code } = Object(error) as { code?: unknown };
  const isMalformed = typeof code === 'string' && code.startsWith('HPE_');
  return isMalformed ? `The endpoint does not answer as HTTP does (${code})` : reasonOf(error);
}

async function judge(ctx: Needs<'clock'>, response: IncomingMessage): Promise<PostResult> {
  const { statusCode = 0, headers } = response;
  if (statusCode >= 200 && statusCode <= 299)
    return { kind: 'acknowledged', answer: await receive(response) };
  ignore(response);
  if (statusCode === 410) return { kind: 'gone' };
  const retryAfterMs = readRetryAfter(headers['retry-after'], ctx.clock.now());
  const reason = `HTTP ${statusCode}`;
  return retryAfterMs === undefined ? { kind: 'refused', reason } : { kind: 'refused', reason, retryAfterMs };
}

function ignore(response: IncomingMessage): void {
  let size = 0;
  response.on('error', () => {});
  response.on('data', (chunk: Buffer) => {
    size += chunk.byteLength;
    if (size > receivedOfRefusal) response.destroy();
  });
}

function authorization(auth: ClientAuth): Record<string, string> {
  if (auth.method === 'bearer') return { authorization: `Bearer ${auth.token ?? ''}` };
  if (auth.method !== 'basic') return {};
  const pair = Buffer.from(`${auth.user ?? ''}:${auth.password ?? ''}`, 'utf8').toString('base64');
  return { authorization: `Basic ${pair}` };
}

/** The whole answer, so that the connection can be used again; empty if it is too large. Any 2xx acknowledges. */
async function receive(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size > largestAnswer) return '';
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
