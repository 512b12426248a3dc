// Calls the API of a running service for a command. A failure is one sentence that says what to do.
import { Fault, isFault, reasonOf } from '../errors.js';

export interface ApiTarget {
  url: string;
  token: string;
}

interface CallOptions {
  query?: Record<string, string | number | boolean | undefined>;
  body?: unknown;
}

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';
export type CallApi = <T = Record<string, unknown>>(
  method: Method,
  path: string,
  options?: CallOptions,
) => Promise<T>;

/** Generous, because a busy service answers late. Only a service that hangs takes longer. */
const timeoutMs = 30_000;

/** @returns a function that calls this service. It throws Fault `bad_request`, or `not_found` for a 404. */
export function openApi(target: ApiTarget & { instance?: string }): CallApi {
  return async <T>(method: Method, path: string, { query = {}, body }: CallOptions = {}) => {
    const url = addressOf(target.url, path);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    const headers: Record<string, string> = { 'x-api-token': target.token };
    if (body !== undefined) headers['content-type'] = 'application/json';
    let response: Response;
    let answer: unknown;
    try {
      const signal = AbortSignal.timeout(timeoutMs);
      response = await fetch(url, {
        method,
        headers,
        signal,
        body: body === undefined ? null : JSON.stringify(body),
      });
      answer = await response.json();
    } catch (error) {
      throw new Fault('bad_request', noAnswer(target, error));
    }
    if (response.ok) return answer as T;
    const next = response.status === 401 ? '; --token and MAIL_PROXY_TOKEN name another' : '';
    throw new Fault(response.status === 404 ? 'not_found' : 'bad_request', refusalIn(answer) + next);
  };
}

function addressOf(base: string, path: string): URL {
  if (/^https?:\/\//i.test(base) && URL.canParse(base + path)) return new URL(base + path);
  throw new Fault(
    'bad_settings',
    `${base} is not the address of a service, such as http://127.0.0.1:8000 (--url, MAIL_PROXY_URL)`,
  );
}

/** Whether there is something under this path. @throws every Fault but `not_found` */
export async function exists(api: CallApi, path: string, query: CallOptions['query'] = {}): Promise<boolean> {
  try {
    await api('GET', path, { query });
    return true;
  } catch (error) {
    if (isFault(error, 'not_found')) return false;
    throw error;
  }
}

function noAnswer({ url, instance }: ApiTarget & { instance?: string }, error: unknown): string {
  const cause = error instanceof Error && error.cause ? error.cause : error;
  if (/^https:.*wrong version number/i.test(`${url} ${reasonOf(cause)}`)) {
    return `${url} does not speak TLS; the address of the service begins with http://`;
  }
  const next = instance === undefined ? '' : `; mail-proxy start ${instance} --background starts it`;
  return `${url} does not answer as mail-proxy does: ${reasonOf(cause)}${next}`;
}

/** The sentence in `{"detail"}`: of the refusal itself, or of each field or message that was refused. */
function refusalIn(answer: unknown): string {
  const { detail } = answer as { detail?: unknown };
  if (typeof detail === 'string') return detail;
  if (Array.isArray(detail)) return (detail as FieldFault[]).map(sentenceOf).join('\n');
  const { error, rejected } = (detail ?? {}) as {
    error?: string;
    rejected?: { id?: string; reason: string }[];
  };
  if (rejected === undefined) return JSON.stringify(detail ?? answer);
  return [`${error}:`, ...rejected.map(({ id, reason }) => `  ${id ?? '(no id)'}: ${reason}`)].join('\n');
}

interface FieldFault {
  loc: (string | number)[];
  msg: string;
}

function sentenceOf({ loc, msg }: FieldFault): string {
  const field = loc.slice(1).join('.');
  if (field === 'tenant_id' && msg.startsWith('is required')) return 'Name the tenant: --tenant NAME';
  return msg.startsWith(field) ? msg : `${field} ${msg}`;
}
