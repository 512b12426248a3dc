// Calls the API of a running service for a command. A failure is one sentence.
import type { Config } from '../config.js';
import { Fault, reasonOf } from '../errors.js';

interface ApiTarget {
  url: string;
  token: string;
}

/** The service of this environment, unless the command line names another. @throws Fault `bad_settings` without a token */
export function findTarget(
  config: Pick<Config, 'host' | 'port' | 'apiToken'>,
  given: { url?: string | undefined; token?: string | undefined },
): ApiTarget {
  const token = given.token ?? config.apiToken;
  if (token === undefined)
    throw new Fault('bad_settings', 'Set GMP_API_TOKEN, or GMP_API_TOKEN_FILE, to the token');
  // A service that listens on all addresses is called on the local one.
  const host = ['0.0.0.0', '::'].includes(config.host) ? '127.0.0.1' : config.host;
  return { url: (given.url ?? `http://${host}:${config.port}`).replace(/\/+$/, ''), token };
}

/** Generous, because a busy service answers late. Only a service that hangs takes longer. */
const timeoutMs = 30_000;

/** @throws Fault `bad_request` with the refusal of the service, or the reason why it gave no answer */
export async function getJson<T>(target: ApiTarget, path: string): Promise<T> {
  let response: Response;
  let body: unknown;
  try {
    response = await fetch(target.url + path, {
      headers: { 'x-api-token': target.token },
      signal: AbortSignal.timeout(timeoutMs),
    });
    body = await response.json();
  } catch (error) {
    const cause = error instanceof Error && error.cause ? error.cause : error;
    throw new Fault('bad_request', `${target.url} does not answer as mail-proxy does: ${reasonOf(cause)}`);
  }
  if (response.ok) return body as T;
  const detail = (body as { detail?: unknown }).detail;
  if (JSON.stringify(detail)?.includes('"tenant_id"'))
    throw new Fault('bad_request', 'With the admin token, name the tenant: --tenant shop');
  throw new Fault('bad_request', typeof detail === 'string' ? detail : JSON.stringify(detail ?? body));
}
