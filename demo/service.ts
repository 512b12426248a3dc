// The calls of an application: create a tenant and an account, hand in messages, list their results.

import type { Instance } from './instance.js';
import { accountId, type DemoMail, tenantId } from './mails.js';

export type ListedMessage = {
  id: string;
  priority?: number | string;
  status: string;
  deferred_ts?: number;
  error?: string;
  smtp_code?: number;
  retry_count?: number;
  reported_ts?: number;
};

export type Service = {
  /** The address of the pages for people, once they ask for a login. */
  dashboard(): Promise<string>;
  createTenant(application: { url: string; token: string }): Promise<void>;
  createAccount(server: { host: string; port: number }): Promise<void>;
  /** Resolves to the reasons of those that were not queued. */
  addMessages(mails: DemoMail[]): Promise<string[]>;
  /** From now on the service reads this mailbox. */
  readBounces(mailbox: { host: string; port: number; user: string; password: string }): Promise<void>;
  listMessages(): Promise<ListedMessage[]>;
};

/** Each mail has a sender of its own, by which it is known when it comes back. */
const bounces = 'bounces+%verp%@harbour-books.example';

const answerWithinMs = 10_000;

/** Every call throws with the answer's text on anything but 200, and when `signal` is aborted. */
export function serviceAt({ url, token }: Instance, signal: AbortSignal): Service {
  async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(url + path, {
      method,
      headers: { 'X-API-Token': token, 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(answerWithinMs)]),
    });
    const text = await answer.text();
    if (answer.status !== 200) throw new Error(`${method} ${path} answered ${answer.status}: ${text}`);
    return JSON.parse(text) as T;
  }
  return {
    dashboard: async () => {
      const page = await fetch(`${url}/`, { headers: { accept: 'text/html' }, signal });
      if (page.status !== 200 || new URL(page.url).pathname !== '/login')
        throw new Error(`GET / answered ${page.status} at ${page.url}`);
      return `${url}/`;
    },
    createTenant: (application) =>
      call('POST', '/tenant', {
        id: tenantId,
        name: 'Harbour Books',
        client_base_url: application.url,
        client_auth: { method: 'bearer', token: application.token },
      }),
    createAccount: ({ host, port }) =>
      call('POST', '/account', {
        id: accountId,
        tenant_id: tenantId,
        host,
        port,
        use_tls: false,
        return_path: bounces,
      }),
    addMessages: async (mails) => {
      const answer = await call<{ queued: number; rejected?: { id: string; reason: string }[] }>(
        'POST',
        '/commands/add-messages',
        { messages: mails.map((mail) => mail.posted) },
      );
      const reasons = (answer.rejected ?? []).map(({ id, reason }) => `${id} was rejected: ${reason}`);
      if (answer.queued + reasons.length !== mails.length)
        reasons.push(`of ${mails.length} mails ${answer.queued} were queued, ${reasons.length} rejected`);
      return reasons;
    },
    readBounces: ({ host, port, user, password }) =>
      call('PUT', '/instance/bounce', {
        enabled: true,
        imap_host: host,
        imap_port: port,
        imap_user: user,
        imap_password: password,
        imap_ssl: false,
      }),
    listMessages: async () =>
      (await call<{ messages: ListedMessage[] }>('GET', `/messages?tenant_id=${tenantId}`)).messages,
  };
}
