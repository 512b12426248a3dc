// Stores accepted messages: new ones, and new content for those that have not left yet.
import type { Needs } from '../context.js';
import { mayBecome, type Status } from '../message.js';
import type { Client } from './db.js';
import { Prisma } from './generated/sqlite/client.js';
import { rowsOf } from './sql.js';

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
  checkAt: number;
}

export type InsertVerdict =
  | { kind: 'stored'; pk: string; revision: string; attempts: number }
  | { kind: 'refused'; why: 'no_account' | 'already_sent' | 'being_sent' };

interface StoredRow {
  pk: string;
  tenant_id: string;
  id: string;
  revision: string;
  attempts: number;
}

/**
 * Stores the messages of several calls in one transaction, and their `queued` events. Of messages with the same id
 * the last one stays. The verdicts stand in the order of the messages.
 */
export async function insertMessages(
  ctx: Needs<'db' | 'clock'>,
  calls: NewMessage[][],
): Promise<InsertVerdict[][]> {
  const lastOfKey = new Map<string, NewMessage>();
  for (const message of calls.flat()) lastOfKey.set(keyOf(message.tenantId, message.id), message);
  const messages = [...lastOfKey.values()];
  if (messages.length === 0) return calls.map(() => []);
  const now = ctx.clock.now();
  const [stored] = await ctx.db.write<[StoredRow[], number, number]>((client) => [
    upsert(ctx, client, messages, now),
    putContents(ctx, client, messages),
    addQueuedEvents(ctx, client, messages),
  ]);
  const verdicts = new Map<string, InsertVerdict>();
  for (const { tenant_id, id, pk, revision, attempts } of stored) {
    verdicts.set(keyOf(tenant_id, id), { kind: 'stored', pk, revision, attempts });
  }
  const refused = messages.filter(({ tenantId, id }) => !verdicts.has(keyOf(tenantId, id)));
  if (refused.length > 0) await explain(ctx, refused, verdicts);
  return calls.map((call) =>
    call.map(
      ({ tenantId, id }) => verdicts.get(keyOf(tenantId, id)) ?? { kind: 'refused', why: 'no_account' },
    ),
  );
}

function keyOf(tenantId: string, id: string): string {
  return `${tenantId}\n${id}`;
}

function upsert(ctx: Needs<'db'>, client: Client, messages: NewMessage[], now: number) {
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
      check_at: 'bigint',
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
      check_at: m.checkAt,
    })),
  );
  return client.$queryRaw<StoredRow[]>`
    INSERT INTO messages (pk, tenant_id, id, account_id, revision, priority, batch_code, status,
      due_at, check_at, attempts, retry_count, created_at, updated_at)
    SELECT j.pk, j.tenant_id, j.id, j.account_id, j.revision, j.priority, j.batch_code, j.status,
      j.due_at, j.check_at, 0, 0, CAST(${now} AS BIGINT), CAST(${now} AS BIGINT)
    FROM ${rows}
    WHERE EXISTS (SELECT 1 FROM tenants t WHERE t.id = j.tenant_id)
      AND (j.account_id IS NULL
        OR EXISTS (SELECT 1 FROM accounts a WHERE a.tenant_id = j.tenant_id AND a.id = j.account_id))
    ON CONFLICT (tenant_id, id) DO UPDATE SET
      account_id = excluded.account_id, revision = excluded.revision, priority = excluded.priority,
      batch_code = excluded.batch_code, status = excluded.status,
      due_at = excluded.due_at, check_at = excluded.check_at, claimed_by = NULL, retry_count = 0,
      wait_until = NULL, handed_over = NULL, recipients = NULL,
      error_at = NULL, error = NULL, smtp_code = NULL, reported_at = NULL, updated_at = excluded.updated_at
      WHERE messages.status IN (${Prisma.join(mayBecome('pending').filter((from) => from !== 'sending'))})
        AND messages.sent_at IS NULL
    RETURNING pk, tenant_id, id, revision, attempts`;
}

/** Joined with what the upsert left behind, so that a message that was refused keeps its content. */
function putContents(ctx: Needs<'db'>, client: Client, messages: NewMessage[]) {
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

function addQueuedEvents(ctx: Needs<'db'>, client: Client, messages: NewMessage[]) {
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

/** Why a message was not stored; asked only about those, after the fact. */
async function explain(
  ctx: Needs<'db'>,
  refused: NewMessage[],
  verdicts: Map<string, InsertVerdict>,
): Promise<void> {
  const rows = rowsOf(
    ctx.db.kind,
    { tenant: 'text', message: 'text', account: 'text' },
    refused.map((m) => ({ tenant: m.tenantId, message: m.id, account: m.accountId })),
  );
  const found = await ctx.db.read.$queryRaw<
    { tenant: string; message: string; status: string | null; sent_at: bigint | null; account: number }[]
  >`
    SELECT j.tenant AS tenant, j.message AS message, m.status AS status, m.sent_at AS sent_at,
      CASE WHEN EXISTS (SELECT 1 FROM accounts a WHERE a.tenant_id = j.tenant AND a.id = j.account)
        OR (j.account IS NULL AND EXISTS (SELECT 1 FROM tenants t WHERE t.id = j.tenant)) THEN 1 ELSE 0 END AS account
    FROM ${rows} LEFT JOIN messages m ON m.tenant_id = j.tenant AND m.id = j.message`;
  for (const { tenant, message, status, sent_at, account } of found) {
    // Taken for some of its recipients is sent, whatever becomes of the others.
    const wasSent = status === 'sent' || sent_at !== null;
    const why = Number(account) === 0 ? 'no_account' : wasSent ? 'already_sent' : 'being_sent';
    verdicts.set(keyOf(tenant, message), { kind: 'refused', why });
  }
}
