// The object `proxy` of `connect`: what the API does, by words that are easy to type.
import { allPages } from '../all-pages.js';
import type { CallApi } from '../call-api.js';

type Query = Record<string, string | number | boolean | undefined>;
type Fields = Record<string, unknown>;

const most = 1000;

/** @param tenantId of calls that name no other; undefined: that of the token */
export function openProxy(api: CallApi, tenantId: string | undefined) {
  const own = { tenant_id: tenantId };
  const at = (kind: string, id: string, rest = '') => `/${kind}/${encodeURIComponent(id)}${rest}`;
  const get = (path: string, query: Query = {}) => api('GET', path, { query: { ...own, ...query } });
  const post = (path: string, query: Query = {}, body: unknown = {}) =>
    api('POST', path, { query: { ...own, ...query }, body });
  const list = (path: string, name: string, query: Query = {}) =>
    allPages<Fields>(api, path, name, { ...own, ...query }, most);
  const messages = (query: Query = {}) => list('/messages', 'messages', query);
  return {
    messages: {
      list: messages,
      pending: () => messages({ status: 'pending' }),
      deferred: () => messages({ status: 'deferred' }),
      sent: () => messages({ status: 'sent' }),
      failed: () => messages({ status: 'error' }),
      get: (id: string) => get(at('messages', id)),
      events: (id: string) => list(at('messages', id, '/events'), 'events'),
      explain: (id: string) => get(at('messages', id, '/explain')),
      trace: (id: string) => get(at('messages', id, '/trace')),
      add: (...given: Fields[]) =>
        post('/commands/add-messages', {}, { messages: given.map((one) => ({ ...own, ...one })) }),
      delete: (...ids: string[]) => post('/commands/delete-messages', {}, { ids }),
    },
    accounts: {
      list: () => list('/accounts', 'accounts'),
      get: (id: string) => get(at('account', id)),
      put: (account: Fields) => post('/account', {}, { ...own, ...account }),
      verify: (id: string) => post(at('account', id, '/verify')),
      delete: (id: string) => api('DELETE', at('account', id), { query: own }),
    },
    tenants: {
      list: () => allPages<Fields>(api, '/tenants', 'tenants', {}, most),
      get: (id: string) => api('GET', at('tenant', id)),
      put: (tenant: Fields) => api('POST', '/tenant', { body: tenant }),
      delete: (id: string) => api('DELETE', at('tenant', id)),
    },
    status: () => api('GET', '/status'),
    info: () => api('GET', '/instance'),
    runNow: () => api('POST', '/commands/run-now'),
    suspend: (batch_code?: string) => post('/commands/suspend', { batch_code }),
    activate: (batch_code?: string) => post('/commands/activate', { batch_code }),
    /** Any other call, such as `proxy.call('GET', '/command-log', { query: { limit: 5 } })`. */
    call: api,
  };
}
