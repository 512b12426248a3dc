// The statements that store accepted messages with their content and their first event, and the one that says why a
// message was not stored.
import type { waitingStatuses } from '../../domain/status.js';
import { attachContents, type NewAttachment } from '../attachments/attach-contents.js';
import type { Needs } from '../context.js';
import { empty, join, type Sql, sql } from '../db/sql.js';
import { rowsOf, text } from '../db/sql-parts.js';
import { rows, run } from '../db/transaction.js';
import { appendEvents } from '../events/append.js';
import { putTerms } from '../search/put-terms.js';
import { hasRoom, lockRooms, messageRooms, quotaInTheWay } from '../tenants/quotas.js';
import { markRejectedAgain, markReplaced } from './transitions.js';

export interface NewMessage {
  /** ULIDs; a message that replaces another keeps the other's pk. */
  pk: string;
  revision: string;
  tenantId: string;
  id: string;
  accountId: string | null;
  priority: number;
  batchCode: string | null;
  payload: string;
  status: (typeof waitingStatuses)[number];
  dueAt: number;
  nextSweepAt: number;
  /** Of its attachments, those with a stored content or credentials. */
  attachments?: NewAttachment[];
  /** What these have together. Shared contents count in full for each message. */
  attachmentBytes?: number;
  /** The numbers of the terms that it is found by (src/domain/search-terms.ts). */
  terms?: number[];
}

/** What a message adds to what its tenant stores. */
export interface Weight {
  /** Of the content, as UTF-8, and of the attachments stored with it. */
  bytes: number;
  /** This message and those of the same tenant before it, in the same transaction. */
  nth: number;
  bytesSoFar: number;
}

/** With the call whose key decides whether the message is stored; null: no key decides. */
export type MessageRow = NewMessage & Weight & { call: string | null };

export interface StoredRow {
  pk: string;
  tenant_id: string;
  id: string;
  revision: string;
  attempts: number;
}

/**
 * The statements that store the messages. `stored` answers with those that were.
 * @param condition on a row `j` with its `call`, beginning with AND
 */
export function storeMessages(
  ctx: Needs<'config'>,
  messages: MessageRow[],
  now: number,
  condition: Sql = empty,
) {
  return {
    rooms: lockRooms(messages.map(({ tenantId }) => tenantId)),
    stored: upsertMessages(ctx, messages, now, condition),
    ...putContents(messages),
    attachments: attachContents(messages),
    ...putTerms(messages),
    events: appendQueued(messages),
  };
}

function upsertMessages(ctx: Needs<'config'>, messages: MessageRow[], now: number, condition: Sql) {
  const rooms = messageRooms(
    ctx,
    messages.map(({ tenantId }) => tenantId),
  );
  const table = rowsOf(
    {
      pk: 'text',
      tenant_id: 'text',
      id: 'text',
      account_id: 'text',
      revision: 'text',
      priority: 'bigint',
      batch_code: 'text',
      status: 'text',
      due_at: 'bigint',
      next_sweep_at: 'bigint',
      call: 'text',
      bytes: 'bigint',
      nth: 'bigint',
      bytes_so_far: 'bigint',
    },
    messages.map((m) => ({
      pk: m.pk,
      tenant_id: m.tenantId,
      id: m.id,
      account_id: m.accountId,
      revision: m.revision,
      priority: m.priority,
      batch_code: m.batchCode,
      status: m.status,
      due_at: m.dueAt,
      next_sweep_at: m.nextSweepAt,
      call: m.call,
      bytes: m.bytes,
      nth: m.nth,
      bytes_so_far: m.bytesSoFar,
    })),
  );
  return rows<StoredRow>(sql`
    INSERT INTO messages (pk, tenant_id, id, account_id, revision, priority, batch_code, status,
      due_at, next_sweep_at, attempts, retry_count, content_bytes, created_at, updated_at)
    SELECT j.pk, j.tenant_id, j.id, j.account_id, j.revision, j.priority, j.batch_code, j.status,
      j.due_at, j.next_sweep_at, 0, 0, j.bytes, ${now}, ${now}
    FROM ${table} JOIN ${rooms} ON r.tenant = j.tenant_id
    WHERE ${hasRoom}
      AND EXISTS (SELECT 1 FROM tenants t WHERE t.id = j.tenant_id AND t.active = true)
      AND (j.account_id IS NULL
        OR EXISTS (SELECT 1 FROM accounts a WHERE a.tenant_id = j.tenant_id AND a.id = j.account_id))
      ${condition}
    ON CONFLICT (tenant_id, id) DO UPDATE SET ${markReplaced.set} WHERE ${markReplaced.from}
    RETURNING pk, tenant_id, id, revision, attempts`);
}

/** A longer content is a parameter of its own: taking 45 MB out of JSON takes SQLite over a second. */
const mostInRows = 256 * 1024;

function putContents(messages: NewMessage[]) {
  const rowsOfAll = messages.map(({ tenantId, id, revision, payload }) => ({
    tenant: tenantId,
    id,
    revision,
    payload,
  }));
  const short = rowsOfAll.filter(({ payload }) => payload.length <= mostInRows);
  const long = rowsOfAll.filter(({ payload }) => payload.length > mostInRows);
  const columns = { tenant: 'text', id: 'text', revision: 'text', payload: 'text' } as const;
  const each = long.map(
    ({ tenant, id, revision, payload }) =>
      sql`SELECT ${text(tenant)} AS tenant, ${text(id)} AS id, ${text(revision)} AS revision, ${text(payload)} AS payload`,
  );
  return {
    contents: short.length === 0 ? undefined : putRows(rowsOf(columns, short)),
    longContents: long.length === 0 ? undefined : putRows(sql`(${join(each, ' UNION ALL ')}) AS j`),
  };
}

/** Joined with the rows as the upsert left them, so that a message whose replacement was refused keeps its content. */
function putRows(table: Sql) {
  return run(sql`
    INSERT INTO message_contents (message_pk, payload)
    SELECT m.pk, j.payload
    FROM ${table} JOIN messages m ON m.tenant_id = j.tenant AND m.id = j.id AND m.revision = j.revision
    WHERE true
    ON CONFLICT (message_pk) DO UPDATE SET payload = excluded.payload`);
}

function appendQueued(messages: NewMessage[]) {
  const table = rowsOf(
    { tenant: 'text', id: 'text', revision: 'text' },
    messages.map((m) => ({ tenant: m.tenantId, id: m.id, revision: m.revision })),
  );
  return appendEvents({
    type: sql`'queued'`,
    at: sql`m.updated_at`,
    from: sql`${table} JOIN messages m ON m.tenant_id = j.tenant AND m.id = j.id AND m.revision = j.revision`,
  });
}

/** A message that was rejected when it was handed in. */
export interface RejectedMessage {
  /** ULID; also its revision. */
  pk: string;
  tenantId: string;
  id: string;
  accountId: string | null;
  reason: string;
}

/**
 * The statements that store rejected messages as failed ones, without content, each with the event that reports it. A
 * good message of the same id is not touched.
 * @param messages no two of the same id
 */
export function storeRejected(messages: RejectedMessage[], now: number) {
  const table = rowsOf(
    { pk: 'text', tenant: 'text', id: 'text', account: 'text', reason: 'text' },
    messages.map((m) => ({
      pk: m.pk,
      tenant: m.tenantId,
      id: m.id,
      account: m.accountId,
      reason: m.reason,
    })),
  );
  return {
    stored: rows<{ tenant_id: string }>(sql`
      INSERT INTO messages (pk, tenant_id, id, account_id, revision, priority, status, due_at, error, error_at,
        attempts, retry_count, created_at, updated_at)
      SELECT j.pk, j.tenant, j.id, j.account, j.pk, 2, 'error', 0, j.reason, ${now}, 0, 0, ${now}, ${now}
      FROM ${table} WHERE EXISTS (SELECT 1 FROM tenants t WHERE t.id = j.tenant)
      ON CONFLICT (tenant_id, id) DO UPDATE SET ${markRejectedAgain.set} WHERE ${markRejectedAgain.from}
      RETURNING tenant_id`),
    events: appendEvents({
      type: sql`'error'`,
      at: sql`${now}`,
      description: sql`j.reason`,
      metadata: text('{"rejected":true}'),
      from: sql`${table} JOIN messages m ON m.tenant_id = j.tenant AND m.id = j.id AND m.revision = j.pk`,
    }),
  };
}

/** The last two name the quota and its limit. */
export type Refusal =
  | 'no_tenant'
  | 'tenant_inactive'
  | 'no_account'
  | 'already_sent'
  | 'being_sent'
  | `max_queued ${number}`
  | `max_stored_mb ${number}`;

/**
 * Why a message was not stored, for a statement over rows `j` of tenant, id, account, bytes and nth, the room `r` of the
 * tenant, and messages `m` of the same id.
 * A message counts as sent once one recipient has it. Where the reason has gone since, the answer is to try again.
 */
export const whyRefused = sql`
  CASE WHEN NOT EXISTS (SELECT 1 FROM tenants t WHERE t.id = j.tenant AND t.deleted_at IS NULL) THEN 'no_tenant'
    WHEN EXISTS (SELECT 1 FROM tenants t WHERE t.id = j.tenant AND t.active = false) THEN 'tenant_inactive'
    WHEN j.account IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM accounts a WHERE a.tenant_id = j.tenant AND a.id = j.account) THEN 'no_account'
    WHEN m.status = 'sent' OR m.sent_at IS NOT NULL THEN 'already_sent'
    WHEN m.status = 'sending' THEN 'being_sent'
    ELSE COALESCE(${quotaInTheWay}, 'being_sent') END`;
