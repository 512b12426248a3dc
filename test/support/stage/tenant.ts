// Speaks to the service as a tenant's application does: sets itself up, hands in messages, asks what became of them.

import type { ApiAnswer, ApiOptions, Service } from '../programs/service.js';
import { type WaitForOptions, waitFor } from '../programs/wait-for.js';
import type { ReportApp } from '../servers/report-app.js';

type Fields = Record<string, unknown>;

type Caller = Pick<Service, 'api'>;

export interface HistoryEvent {
  event_id: number;
  event_type: string;
  event_ts: number;
  description?: string;
  metadata?: Fields;
  reported_ts?: number;
}

/** A message as GET /messages lists it (contract, section 5). */
export interface ListedMessage {
  pk: string;
  id: string;
  status: 'pending' | 'deferred' | 'sent' | 'error';
  retry_count: number;
  deferred_ts?: number;
  sent_ts?: number;
  error_ts?: number;
  error?: string;
  deferred_reason?: string;
  smtp_code?: number;
  reported_ts?: number;
  history: HistoryEvent[];
}

export interface Tenant {
  readonly id: string;
  /** Posts the messages and returns the answer, whatever it is. */
  post(service: Caller, messages: Fields[], options?: ApiOptions): Promise<ApiAnswer<Fields>>;
  /** Posts the messages and demands that every one is queued. */
  handIn(service: Caller, messages: Fields[], options?: ApiOptions): Promise<void>;
  /** All messages. A page of the list ends at a number of bytes, so large messages take several. */
  list(service: Service): Promise<ListedMessage[]>;
  find(service: Service, id: string): Promise<ListedMessage>;
  /** Waits until the message with this id is listed and fits. */
  until(service: Service, id: string, fits: (message: ListedMessage) => boolean): Promise<ListedMessage>;
  untilAll(
    service: Service,
    fits: (message: ListedMessage) => boolean,
    options?: WaitForOptions,
  ): Promise<ListedMessage[]>;
}

const WAIT_MS = 60_000;

/** Where an account's mail goes: a sink, or a host and port where perhaps nobody listens. */
type MailServer = { host: string; port: number };

/** A new tenant; its reports go to the application if there is one, and its mail through the account `main`. */
export async function addTenant(
  service: Caller,
  id: string,
  settings: { app?: ReportApp; server?: MailServer; account?: Fields; tenant?: Fields } = {},
): Promise<Tenant> {
  const { app, server, account, tenant } = settings;
  await expectOk(
    service.api('POST', '/tenant', { id, ...(app && { client_base_url: app.url }), ...tenant }),
    `tenant ${id}`,
  );
  if (server) await addAccount(service, id, 'main', server, account);

  const post: Tenant['post'] = (to, messages, options) =>
    to.api(
      'POST',
      '/commands/add-messages',
      { messages: messages.map((message) => ({ tenant_id: id, ...message })) },
      options,
    );
  const list: Tenant['list'] = async (from) => {
    const messages: ListedMessage[] = [];
    let after = '';
    for (;;) {
      const { body } = await from.api<{ messages: ListedMessage[]; next_cursor?: string }>(
        'GET',
        `/messages?tenant_id=${id}&include_history=true${after}`,
      );
      messages.push(...body.messages);
      if (body.next_cursor === undefined) return messages;
      after = `&cursor=${body.next_cursor}`;
    }
  };
  const find: Tenant['find'] = async (from, messageId) => {
    const found = (await list(from)).find((message) => message.id === messageId);
    if (!found) throw new Error(`message ${messageId} is not listed`);
    return found;
  };
  return {
    id,
    post,
    list,
    find,
    handIn: async (to, messages, options) => {
      const { status, body } = await post(to, messages, options);
      if (status === 200 && body.queued === messages.length) return;
      throw new Error(`not all of ${messages.length} were queued: ${status} ${JSON.stringify(body)}`);
    },
    until: (from, messageId, fits) =>
      waitFor(
        `message ${messageId} to be listed as wanted`,
        async () => {
          const message = await find(from, messageId);
          if (fits(message)) return message;
          throw new Error(JSON.stringify(message));
        },
        { timeoutMs: WAIT_MS, everyMs: 50 },
      ),
    untilAll: (from, fits, options) =>
      waitFor(
        'every message to be listed as wanted',
        async () => {
          const messages = await list(from);
          const unfit = messages.filter((message) => !fits(message));
          if (unfit.length === 0) return messages;
          throw new Error(
            `${unfit.length} of ${messages.length} are not, the first: ${JSON.stringify(unfit[0])}`,
          );
        },
        { timeoutMs: WAIT_MS, everyMs: 100, ...options },
      ),
  };
}

/** Its password may go to a server without TLS, as most servers of tests are. */
export async function addAccount(
  service: Caller,
  tenantId: string,
  id: string,
  { host, port }: MailServer,
  fields: Fields = {},
): Promise<void> {
  await expectOk(
    service.api('POST', '/account', {
      id,
      tenant_id: tenantId,
      host,
      port,
      allow_plaintext: true,
      ...fields,
    }),
    `account ${id}`,
  );
}

/** How often each id stands in the list. */
export function countIds(list: { id?: string }[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { id = 'none' } of list) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}

async function expectOk(answer: ReturnType<Service['api']>, what: string): Promise<void> {
  const { status, body } = await answer;
  if (status !== 200) throw new Error(`${what} was refused: ${status} ${JSON.stringify(body)}`);
}
