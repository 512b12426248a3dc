// What the tests of the API have in common: a service on a database and a Redis of its own, and the usual calls.

import { type ApiAnswer, type ApiOptions, type Service, startService } from '../support/programs/service.js';
import { type RedisServer, startRedis } from '../support/servers/redis.js';
import { type FreshDatabase, freshDatabase } from '../support/stage/databases.js';

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

export interface World {
  service: Service;
  redis: RedisServer;
  database: FreshDatabase;
  /** Creates a tenant and returns its key. */
  tenant(id: string, settings?: object): Promise<string>;
  account(tenantId: string, id: string, settings?: object): Promise<void>;
  /** With the admin token unless another is given. */
  add(messages: unknown[], options?: ApiOptions & { defaultPriority?: unknown }): Promise<ApiAnswer<Added>>;
  /** The reason why this one message is rejected; undefined when it is queued. */
  reasonFor(message: object): Promise<string | undefined>;
  list(query: Record<string, string | number>, options?: ApiOptions): Promise<ApiAnswer<Page>>;
  stop(): Promise<void>;
}

/** Far enough away that a message which is deferred to it is never sent in a test. */
export const FAR = 4_000_000_000;

let number = 0;

/** A message that is accepted and stays unsent. */
export function message(fields: object = {}): Record<string, unknown> & { id: string } {
  number += 1;
  return {
    id: `m${number}`,
    tenant_id: 'shop',
    from: 'sender@example.com',
    to: 'receiver@example.org',
    subject: 'Subject',
    deferred_ts: FAR,
    ...fields,
  };
}

export async function startWorld(settings: Record<string, string> = {}): Promise<World> {
  const database = await freshDatabase();
  const redis = await startRedis();
  const service = await startService({
    GMP_DB_PATH: database.path,
    GMP_REDIS_URL: redis.url,
    GMP_ENCRYPTION_KEY: Buffer.alloc(32, 1).toString('base64'),
    ...settings,
  }).catch(async (error: unknown) => {
    await redis.stop();
    await database.drop();
    throw error;
  });
  const add: World['add'] = (messages, { defaultPriority, ...options } = {}) =>
    service.api<Added>(
      'POST',
      '/commands/add-messages',
      { messages, ...(defaultPriority !== undefined && { default_priority: defaultPriority }) },
      options,
    );
  return {
    service,
    redis,
    database,
    tenant: async (id, more = {}) => {
      const { status, body } = await service.api<{ api_key: string }>('POST', '/tenant', { id, ...more });
      if (status !== 200) throw new Error(`tenant ${id}: ${JSON.stringify(body)}`);
      return body.api_key;
    },
    account: async (tenantId, id, more = {}) => {
      const account = { id, tenant_id: tenantId, host: '127.0.0.1', port: 2525, ...more };
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
    stop: async () => {
      await service.term();
      await redis.stop();
      await database.drop();
    },
  };
}
