// Turns rows of a genro-mail-proxy database into what the API takes.
import { decryptGenro } from './decrypt.js';
import type { GenroRow } from './read-database.js';

/** The body of POST /tenant. */
export function toTenant(row: GenroRow): Record<string, unknown> {
  return withoutEmpty({
    id: row.id,
    name: row.name,
    client_base_url: row.client_base_url,
    client_sync_path: row.client_sync_path,
    client_attachment_path: row.client_attachment_path,
    client_auth: jsonIn(row.client_auth),
    rate_limits: jsonIn(row.rate_limits),
    large_file_config: jsonIn(row.large_file_config),
    active: row.active === null || row.active === undefined ? undefined : Boolean(row.active),
  });
}

/** @returns `password` undefined where it is encrypted and the key does not open it */
export function toAccount(
  row: GenroRow,
  key: Buffer | undefined,
): Record<string, unknown> & { isLocked: boolean } {
  const stored = typeof row.password === 'string' && row.password !== '' ? row.password : undefined;
  const password = stored === undefined ? undefined : decryptGenro(stored, key);
  const account = withoutEmpty({
    tenant_id: row.tenant_id,
    id: row.id,
    host: row.host,
    port: row.port,
    user: row.user,
    password,
    use_tls: row.use_tls === null || row.use_tls === undefined ? undefined : Boolean(row.use_tls),
    ttl: row.ttl,
    limit_per_minute: row.limit_per_minute,
    limit_per_hour: row.limit_per_hour,
    limit_per_day: row.limit_per_day,
    limit_behavior: row.limit_behavior,
    batch_size: row.batch_size,
  });
  return { ...account, isLocked: stored !== undefined && password === undefined };
}

/** A message of add-messages. Its retries begin anew. */
export function toMessage(row: GenroRow): Record<string, unknown> {
  const { retry_count: _, ...payload } = (jsonIn(row.payload) ?? {}) as Record<string, unknown>;
  return withoutEmpty({
    ...payload,
    id: row.id,
    tenant_id: row.tenant_id,
    account_id: row.account_id,
    priority: row.priority,
    batch_code: row.batch_code,
    deferred_ts: row.deferred_ts === null ? undefined : Number(row.deferred_ts ?? 0),
  });
}

/** The codes of suspended batches; `*` is all. */
export function suspendedBatches(row: GenroRow): string[] {
  const text = typeof row.suspended_batches === 'string' ? row.suspended_batches : '';
  return text.split(',').flatMap((code) => code.trim() || []);
}

/** Unix seconds; undefined: never. Texts without a zone are UTC. */
export function expiryOf(row: GenroRow): number | undefined {
  const { api_key_expires_at: at } = row;
  if (at === null || at === undefined || at === '') return undefined;
  if (typeof at === 'number') return at;
  const text = at instanceof Date ? at.toISOString() : String(at);
  const ms = Date.parse(/[zZ]|[+-]\d\d:?\d\d$/.test(text) ? text : `${text.replace(' ', 'T')}Z`);
  return Number.isNaN(ms) ? undefined : Math.floor(ms / 1000);
}

function jsonIn(value: unknown): unknown {
  if (typeof value !== 'string' || value === '') return value ?? undefined;
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}

function withoutEmpty(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== null && value !== undefined && value !== ''),
  );
}
