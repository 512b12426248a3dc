// POSTs a delivery report to a tenant's application and says whether it was taken.
import { reasonOf } from '../errors.js';
import type { ClientAuth, ReportTarget } from '../store/tenants.js';
import type { ReportEntry } from './payload.js';

export type PostResult = { kind: 'acknowledged'; answer: string } | { kind: 'refused'; reason: string };

const largestAnswer = 1024 * 1024;

/**
 * Redirects are not followed: credentials go to the URL the tenant named and nowhere else.
 * @param sign gives the headers that show whose report it is
 * @param cut ends it before its time; one for this call or job, for a signal of long life would keep each that it is joined with
 */
export async function postReport(
  target: ReportTarget,
  entries: ReportEntry[],
  timeoutMs: number,
  cut: AbortSignal,
  sign: (body: string) => Promise<Record<string, string>>,
): Promise<PostResult> {
  try {
    const body = JSON.stringify({ delivery_report: entries });
    const response = await fetch(target.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'mail-proxy',
        ...authorization(target.auth),
        ...(await sign(body)),
      },
      body,
      redirect: 'manual',
      signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), cut]),
    });
    if (response.status < 200 || response.status > 299) {
      await response.body?.cancel();
      return { kind: 'refused', reason: `HTTP ${response.status}` };
    }
    return { kind: 'acknowledged', answer: await receive(response) };
  } catch (error) {
    const cause = error instanceof Error && error.cause ? error.cause : error;
    return { kind: 'refused', reason: reasonOf(cause) };
  }
}

function authorization(auth: ClientAuth): Record<string, string> {
  if (auth.method === 'bearer') return { authorization: `Bearer ${auth.token ?? ''}` };
  if (auth.method !== 'basic') return {};
  const pair = Buffer.from(`${auth.user ?? ''}:${auth.password ?? ''}`, 'utf8').toString('base64');
  return { authorization: `Basic ${pair}` };
}

/** To its end, so that the connection can be used again, but no more than is fit; any 2xx acknowledges, whatever it says. */
async function receive(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > largestAnswer) return '';
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
