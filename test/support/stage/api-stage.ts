// A stage with the service on it, for tests of the HTTP API, and the calls they have in common.

import type { ApiAnswer, ApiOptions, Service } from '../programs/service.js';
import { mail } from './mail.js';
import { type Stage, setStage } from './set-stage.js';

export interface Misfit {
  detail: { loc: (string | number)[]; msg: string; type: string }[];
}

export interface Added {
  ok?: boolean;
  queued?: number;
  rejected?: { id: string | null; reason: string }[];
  detail?: { error: string; rejected: { id: string | null; reason: string }[] };
}

export type Listed = Record<string, unknown> & { pk: string; id: string; status: string };

export interface Page {
  ok: boolean;
  messages: Listed[];
  next_cursor?: string;
}

export interface ApiStage extends Omit<Stage, 'service'> {
  service: Service;
  /** Creates a tenant and returns its key. */
  tenant(id: string, settings?: object): Promise<string>;
  account(tenantId: string, id: string, settings?: object): Promise<void>;
  /** With the admin token unless another is given. */
  add(messages: unknown[], options?: ApiOptions & { defaultPriority?: unknown }): Promise<ApiAnswer<Added>>;
  /** The reason why this one message is rejected; undefined when it is queued. */
  reasonFor(message: object): Promise<string | undefined>;
  list(query: Record<string, string | number>, options?: ApiOptions): Promise<ApiAnswer<Page>>;
}

/** Far enough away that a message which is deferred to it is never sent in a test. */
export const FAR = 4_000_000_000;

let number = 0;

/** A message of the tenant `shop` that is accepted and stays unsent. */
export function message(fields: object = {}): ReturnType<typeof mail> {
  number += 1;
  const { body, ...bare } = mail(`m${number}`, { tenant_id: 'shop', deferred_ts: FAR });
  // The body cannot go with `text` or `html`.
  return { ...bare, ...(!('text' in fields || 'html' in fields) && { body }), ...fields };
}

export async function setApiStage(settings: Record<string, string> = {}): Promise<ApiStage> {
  const stage = await setStage();
  const service = await stage.service({ GMP_LOG_LEVEL: 'info', ...settings });
  const add: ApiStage['add'] = (messages, { defaultPriority, ...options } = {}) =>
    service.api<Added>(
      'POST',
      '/commands/add-messages',
      { messages, ...(defaultPriority !== undefined && { default_priority: defaultPriority }) },
      options,
    );
  return {
    ...stage,
    service,
    tenant: async (id, more = {}) => {
      const { status, body } = await service.api<{ api_key: string }>('POST', '/tenant', { id, ...more });
      if (status !== 200) throw new Error(`tenant ${id}: ${JSON.stringify(body)}`);
      return body.api_key;
    },
    account: async (tenantId, id, more = {}) => {
      // Without a password given, a change of an account that has one would be refused.
      const account = { id, tenant_id: tenantId, host: '127.0.0.1', port: 2525, password: null, ...more };
      const { status, body } = await service.api('POST', '/account', account);
      if (status !== 200) throw new Error(`account ${id}: ${JSON.stringify(body)}`);
    },
    add,
    // Beside one that is queued, so that the call as a whole succeeds.
    reasonFor: async (given) => {
      const { status, body } = await add([given, message()]);
      if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`);
      return body.rejected?.[0]?.reason;
    },
    list: (query, options) => {
      const asked = new URLSearchParams();
      for (const [name, value] of Object.entries(query)) asked.set(name, String(value));
      return service.api<Page>('GET', `/messages?${asked}`, undefined, options);
    },
  };
}
