// What there is of tenants, accounts and unsent messages as lines of JSON, without secrets.
import { allPages } from '../all-pages.js';
import type { CallApi } from '../call-api.js';

export const kinds = ['tenants', 'accounts', 'messages'] as const;
export type Kind = (typeof kinds)[number];
type Fields = Record<string, unknown>;

/** A line is an object with one of these keys; its value is what the API takes. */
type Line = { tenant: Fields } | { account: Fields } | { message: Fields };

/** What the API shows beside what it takes. */
const shownOnly = new Set([
  'ok',
  'created_at',
  'updated_at',
  'quotas',
  'suspended_batches',
  'webhook_secret',
]);
const secretMark = '***';
/** How the API shows the content of an attachment, which it does not tell. */
const contentMark = /^base64:<\d+ bytes>$/;
const unsent = ['pending', 'deferred'] as const;
const messagesPerPage = 200;

/** @param leave is told why a message is left out */
export async function* exportLines(
  api: CallApi,
  wanted: ReadonlySet<Kind>,
  tenant: string | undefined,
  leave: (sentence: string) => void,
): AsyncGenerator<Line> {
  const all = tenant === undefined ? await allPages<Fields>(api, '/tenants', 'tenants', {}) : [];
  const tenants = tenant === undefined ? all : [await api('GET', `/tenant/${encodeURIComponent(tenant)}`)];
  if (wanted.has('tenants')) for (const one of tenants) yield { tenant: withoutSecrets(one) };
  for (const { id } of tenants) {
    const query = { tenant_id: String(id) };
    if (wanted.has('accounts')) {
      const accounts = await allPages<Fields>(api, '/accounts', 'accounts', query);
      for (const one of accounts) yield { account: withoutSecrets(one) };
    }
    if (wanted.has('messages')) yield* messagesOf(api, query, leave);
  }
}

async function* messagesOf(
  api: CallApi,
  query: { tenant_id: string },
  leave: (sentence: string) => void,
): AsyncGenerator<Line> {
  for (const status of unsent) {
    let cursor: string | undefined;
    do {
      const page = await api<{ messages: Fields[]; next_cursor?: string }>('GET', '/messages', {
        query: { ...query, status, limit: messagesPerPage, cursor },
      });
      cursor = page.next_cursor;
      for (const one of page.messages) {
        if (hasContent(one))
          leave(`message ${one.id}: the contents of its attachments are not shown by the API`);
        else yield { message: toMessage(one) };
      }
    } while (cursor !== undefined);
  }
}

function toMessage({
  message,
  id,
  tenant_id,
  account_id,
  priority,
  batch_code,
  deferred_ts,
}: Fields): Fields {
  const place = { id, tenant_id, account_id, priority, batch_code, deferred_ts };
  return withoutSecrets({ ...(message as Fields), ...place });
}

function hasContent({ message }: Fields): boolean {
  const { attachments = [] } = message as { attachments?: { storage_path?: string }[] };
  return attachments.some(({ storage_path = '' }) => contentMark.test(storage_path));
}

function withoutSecrets(fields: Fields): Fields {
  const kept = Object.entries(fields).filter(
    ([name, value]) => !shownOnly.has(name) && value !== secretMark && value !== undefined && value !== null,
  );
  return Object.fromEntries(
    kept.map(([name, value]) => [name, isObject(value) ? withoutSecrets(value) : value]),
  );
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
