// Posts one report to a tenant's application and says whether the application acknowledged it.
import { Agent, type Dispatcher, request } from 'undici';
import type { Needs } from '../context.js';
import { reasonOf } from '../errors.js';
import type { ReportTarget } from '../store/events/report-target.js';
import type { ClientAuth } from '../store/tenants/tenants.js';
import { openDnsLookup } from './dns-lookup.js';
import type { ReportEntry } from './payload.js';
import { readRetryAfter } from './retry-after.js';

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
  close(): Promise<void>;
}

const largestAnswer = 1024 * 1024;
/** This much of a refusal's body is received and ignored, so that the connection can be used again. */
const receivedOfRefusal = 64 * 1024;

export function openPoster(ctx: Needs<'config' | 'clock'>, lookup = openDnsLookup(ctx)): Poster {
  // The call as a whole has a time-out, so the agent's own for headers and body are off.
  const agent = new Agent({
    connect: { timeout: ctx.config.reportConnectTimeoutSeconds * 1000, lookup },
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  const timeoutMs = ctx.config.reportTimeoutSeconds * 1000;
  return {
    async post(target, { tenantId, entries }, sign, cut) {
      const body = JSON.stringify({
        ...(target.shared && { tenant_id: tenantId }),
        delivery_report: entries,
      });
      // Outside `try`, because a fault here is not the application's failure.
      const signature = await sign(body);
      try {
        const response = await request(target.url, {
          dispatcher: agent,
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            'user-agent': 'mail-proxy',
            ...authorization(target.auth),
            ...signature,
          },
          body,
          signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), cut]),
        });
        // Errors of the body surface where it is read. This listener only prevents an unhandled 'error' event.
        response.body.on('error', () => {});
        return await judge(ctx, response);
      } catch (error) {
        return { kind: 'refused', reason: reasonOf(error) };
      }
    },
    // At once, because the caller has already waited for the reports in flight.
    close: () => agent.destroy(),
  };
}

async function judge(ctx: Needs<'clock'>, response: Dispatcher.ResponseData): Promise<PostResult> {
  const { statusCode, headers, body } = response;
  if (statusCode >= 200 && statusCode <= 299) return { kind: 'acknowledged', answer: await receive(body) };
  body.dump({ limit: receivedOfRefusal }).catch(() => {});
  if (statusCode === 410) return { kind: 'gone' };
  const retryAfterMs = readRetryAfter(headers['retry-after'], ctx.clock.now());
  const reason = `HTTP ${statusCode}`;
  return retryAfterMs === undefined ? { kind: 'refused', reason } : { kind: 'refused', reason, retryAfterMs };
}

function authorization(auth: ClientAuth): Record<string, string> {
  if (auth.method === 'bearer') return { authorization: `Bearer ${auth.token ?? ''}` };
  if (auth.method !== 'basic') return {};
  const pair = Buffer.from(`${auth.user ?? ''}:${auth.password ?? ''}`, 'utf8').toString('base64');
  return { authorization: `Basic ${pair}` };
}

/** The whole answer, so that the connection can be used again; empty if it is too large. Any 2xx acknowledges. */
async function receive(body: Dispatcher.ResponseData['body']): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > largestAnswer) return '';
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
