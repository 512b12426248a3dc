// Asks a source for an attachment, follows its redirects one by one, and says what a refusal means.
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import type { Needs } from '../../context.js';
import { answerHead } from '../../dial/answer-head.js';
import { refusalOf } from '../../dial/guard.js';
import type { HttpAgents } from '../../dial/http-agents.js';
import { readHttpUrl } from '../../dial/http-url.js';
import { readRetryAfter } from '../../dial/retry-after.js';
import { reasonOf } from '../../errors.js';
import type { ClientAuth } from '../../store/tenants/tenants.js';
import type { Validators } from './cache/kept-content.js';
import { AttachmentFault } from './loaded-attachment.js';
import type { Source } from './source.js';

const mostRedirects = 5;
const connectMs = 10_000;

/** Statuses below 500 that may pass: the source timed out, or asks to come later. */
const passing = new Set([408, 421, 425, 429]);

export interface Answer {
  /** Its body is yet to be read. */
  response: IncomingMessage;
  /** What gave it, after all redirects. */
  url: string;
  /** Whether the kept content is still the one of the source: there is no body then. */
  isUnchanged: boolean;
}

/**
 * Every hop goes through the guard. Credentials, and the trust in the admin's URL, end where a redirect leaves the
 * origin, also for redirects that lead back: another origin has chosen what they ask for.
 * @param kept of the content that this process has, to be asked for only where it has changed
 * @throws AttachmentFault, or the error of the connection
 */
export async function requestAttachment(
  ctx: Needs<'clock'>,
  agents: HttpAgents,
  { url: first, body: firstBody, auth, isTrusted }: Source,
  signal: AbortSignal,
  kept: Validators | undefined,
): Promise<Answer> {
  let url = first;
  let body = firstBody;
  let isHome = true;
  for (let hop = 0; hop <= mostRedirects; hop++) {
    isHome &&= url.origin === first.origin;
    const condition = kept?.url === url.href ? conditionOf(kept) : undefined;
    const headers: OutgoingHttpHeaders = {
      'user-agent': 'mail-proxy',
      'accept-encoding': 'identity',
      ...(isHome && authorization(auth)),
      ...condition,
      ...(body !== undefined && {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
      }),
    };
    const options = { method: body === undefined ? 'GET' : 'POST', headers, signal };
    const response = await answerHead(agents.request(url, isTrusted && isHome, connectMs, options), body);
    const { statusCode = 0 } = response;
    if (![301, 302, 303, 307, 308].includes(statusCode)) {
      const isUnchanged = statusCode === 304 && condition !== undefined;
      return { response: isUnchanged ? response : accepted(ctx, response), url: url.href, isUnchanged };
    }
    // A body that nobody reads would hold the connection.
    response.destroy();
    if (response.headers.location === undefined)
      throw new AttachmentFault(`the source answered HTTP ${statusCode} without a Location`, false);
    const next = readHttpUrl(response.headers.location, url);
    if (typeof next === 'string') throw new AttachmentFault(`the URL of a redirect ${next}`, false);
    url = next;
    if (statusCode < 307) body = undefined;
  }
  throw new AttachmentFault(`it was redirected more than ${mostRedirects} times`, false);
}

function accepted({ clock }: Needs<'clock'>, response: IncomingMessage): IncomingMessage {
  const { statusCode = 0, headers } = response;
  if (statusCode >= 200 && statusCode <= 203) return response;
  response.destroy();
  const isTemporary = statusCode >= 500 || passing.has(statusCode);
  const retryAfterMs = isTemporary ? readRetryAfter(headers['retry-after'], clock.now()) : undefined;
  throw new AttachmentFault(`the source answered HTTP ${statusCode}`, isTemporary, {
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

function conditionOf({ etag, lastModified }: Validators): OutgoingHttpHeaders {
  return {
    ...(etag !== undefined && { 'if-none-match': etag }),
    ...(lastModified !== undefined && { 'if-modified-since': lastModified }),
  };
}

function authorization({ method, token, user, password }: ClientAuth): OutgoingHttpHeaders {
  if (method === 'bearer') return { authorization: `Bearer ${token ?? ''}` };
  if (method !== 'basic') return {};
  const pair = Buffer.from(`${user ?? ''}:${password ?? ''}`, 'utf8').toString('base64');
  return { authorization: `Basic ${pair}` };
}

/** What an error of the connection means. Node's errors about the form of an answer repeat parts of it, which is not told. */
export function toAttachmentFault(error: unknown): AttachmentFault {
  if (error instanceof AttachmentFault) return error;
  const code = String(Object(error).code ?? '');
  const refused = refusalOf(code);
  if (refused !== undefined) return new AttachmentFault(refused, false);
  if (code.startsWith('HPE_'))
    return new AttachmentFault(`the source does not answer as HTTP does (${code})`, true);
  if (code.startsWith('Z_') || code.startsWith('ERR__ERROR_'))
    return new AttachmentFault('its compressed form is damaged', true);
  if (code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE')
    return new AttachmentFault('the source ended the connection before the content was whole', true);
  return new AttachmentFault(reasonOf(error), true);
}
