// The statements that store accepted messages with their content and their first event.

import { mayBecome, type Status } from '../../domain/message.js';
import type { Needs } from '../context.js';
import { rowsOf } from '../db/old-sql.js';
import type { Client } from '../db/open.js';
import { Prisma } from '../generated/sqlite/client.js';

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
  status: Extract<Status, 'pending' | 'deferred'>;
  dueAt: number;
  nextSweepAt: number;
}

/** With the call whose key decides whether it is stored; null: nothing decides. */
export type MessageRow = NewMessage & { call: string | null };

export interface StoredRow {
  pk: string;
  tenant_id: string;
  id: string;
  revision: string;
  attempts: number;
}

/** Tells the ones it stored. */
export function upsertMessages(
  ctx: Needs<'db'>,
  client: Client,
  { rows: messages, now, ofCall }: { rows: MessageRow[]; now: number; ofCall: Prisma.Sql },
) {
  const rows = rowsOf(
    ctx.db.kind,
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
    })),
  );
  return client.$queryRaw<StoredRow[]>`
    INSERT INTO messages (pk, tenant_id, id, account_id, revision, priority, batch_code, status,
      due_at, next_sweep_at, attempts, retry_count, created_at, updated_at)
    SELECT j.pk, j.tenant_id, j.id, j.account_id, j.revision, j.priority, j.batch_code, j.status,
      j.due_at, j.next_sweep_at, 0, 0, CAST(${now} AS BIGINT), CAST(${now} AS BIGINT)
    FROM ${rows}
    WHERE EXISTS (SELECT 1 FROM tenants t WHERE t.id = j.tenant_id)
      AND (j.account_id IS NULL
        OR EXISTS (SELECT 1 FROM accounts a WHERE a.tenant_id = j.tenant_id AND a.id = j.account_id))
      ${ofCall}
    ON CONFLICT (tenant_id, id) DO UPDATE SET
      account_id = excluded.account_id, revision = excluded.revision, priority = excluded.priority,
      batch_code = excluded.batch_code, status = excluded.status,
      due_at = excluded.due_at, next_sweep_at = excluded.next_sweep_at, claimed_by = NULL, retry_count = 0,
      blocked_until = NULL, handed_over_attempt = NULL, recipients = NULL,
      error_at = NULL, error = NULL, smtp_code = NULL, reported_at = NULL, updated_at = excluded.updated_at
      WHERE messages.status IN (${Prisma.join(mayBecome('pending').filter((from) => from !== 'sending'))})
        AND messages.sent_at IS NULL
    RETURNING pk, tenant_id, id, revision, attempts`;
}

/** Joined with what the upsert left behind, so that a message that was refused keeps its content. */
export function putContents(ctx: Needs<'db'>, client: Client, messages: NewMessage[]) {
  const rows = rowsOf(
    ctx.db.kind,
    { tenant: 'text', id: 'text', revision: 'text', payload: 'text' },
    messages.map((m) => ({ tenant: m.tenantId, id: m.id, revision: m.revision, payload: m.payload })),
  );
  return client.$executeRaw`
    INSERT INTO message_contents (message_pk, payload)
    SELECT m.pk, j.payload
    FROM ${rows} JOIN messages m ON m.tenant_id = j.tenant AND m.id = j.id AND m.revision = j.revision
    WHERE true
    ON CONFLICT (message_pk) DO UPDATE SET payload = excluded.payload`;
}

export function addQueuedEvents(ctx: Needs<'db'>, client: Client, messages: NewMessage[]) {
  const rows = rowsOf(
    ctx.db.kind,
    { tenant: 'text', id: 'text', revision: 'text' },
    messages.map((m) => ({ tenant: m.tenantId, id: m.id, revision: m.revision })),
  );
  return client.$executeRaw`
    INSERT INTO events (tenant_id, message_pk, message_id, type, at)
    SELECT m.tenant_id, m.pk, m.id, 'queued', m.updated_at
    FROM ${rows} JOIN messages m ON m.tenant_id = j.tenant AND m.id = j.id AND m.revision = j.revision`;
}
