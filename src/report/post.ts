// Posts one report to a tenant's application and says whether it was taken.
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
  /** @param retryAfterMs how long the application asks to be left alone */
  | { kind: 'refused'; reason: string; retryAfterMs?: number }
  /** There will never be anybody at this address again: 410. */
  | { kind: 'gone' };

export interface Report {
  tenantId: string;
  entries: ReportEntry[];
}

type Sign = (body: string) => Promise<Record<string, string>>;

export interface Poster {
  /**
   * Redirects are not followed: credentials go to the URL the tenant named and nowhere else.
   * @param sign gives the headers that show whose report it is
   * @param cut ends it before its time; one for this call or job, for a signal of long life would keep each that it is joined with
   */
  post(target: ReportTarget, report: Report, sign: Sign, cut: AbortSignal): Promise<PostResult>;
  close(): Promise<void>;
}

const largestAnswer = 1024 * 1024;
/** Of an answer that is not looked at: as much is received so that the connection can be used again. */
const receivedOfRefusal = 64 * 1024;

export function openPoster(ctx: Needs<'config' | 'clock'>, lookup = openDnsLookup(ctx)): Poster {
  // The whole has a time-out of its own, which the agent's for headers and body would only get in the way of.
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
      // What goes wrong here is not the application's failure.
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
        // What becomes of it is heard by who reads it, or nobody cares.
        response.body.on('error', () => {});
        return await judge(ctx, response);
      } catch (error) {
        return { kind: 'refused', reason: reasonOf(error) };
      }
    },
    // Not gently: what is under way was given its time by who closes this.
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

/** To its end, so that the connection can be used again, but no more than is fit; any 2xx acknowledges, whatever it says. */
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
