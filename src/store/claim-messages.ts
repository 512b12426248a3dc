// Begins attempts: marks messages as being sent by this process and loads what is to be sent.
import type { Needs } from '../context.js';
import { mayBecome } from '../message.js';
import { Prisma } from './generated/sqlite/client.js';
import { rowsOf } from './sql.js';
import { lockSuspensions, notSuspended } from './suspend.js';

export interface Claim {
  pk: string;
  revision: string;
}

export interface ClaimedMessage {
  pk: string;
  id: string;
  tenantId: string;
  revision: string;
  priority: number;
  payload: string;
  /** The revision of its account; undefined when the account is gone or is the instance's. */
  accountRevision: string | undefined;
  /** The number of this attempt, from 1. */
  attempts: number;
  retryCount: number;
  createdAt: number;
}

interface ClaimedRow {
  pk: string;
  id: string;
  tenant_id: string;
  revision: string;
  priority: number;
  attempts: number;
  retry_count: number;
  created_at: bigint;
  payload: string;
  account_revision: string | null;
}

/** How long after its claim the sweep asks whether the claiming process is still there. */
const lookAfterMs = 10_000;

/** An undefined in the answer: the message is gone, replaced, already on its way, final or not due yet. */
export async function claimMessages(
  ctx: Needs<'db' | 'clock' | 'processId'>,
  claims: Claim[],
): Promise<(ClaimedMessage | undefined)[]> {
  const now = ctx.clock.now();
  const rows = rowsOf(
    ctx.db.kind,
    { k: 'text', rev: 'text' },
    claims.map(({ pk, revision }) => ({ k: pk, rev: revision })),
  );
  // Content and account come with the same statement; SQLite gives RETURNING the table under its own name only.
  const results = await ctx.db.write<[...unknown[], ClaimedRow[]]>((client) => [
    ...lockSuspensions(ctx, client, 'shared'),
    client.$queryRaw<ClaimedRow[]>`
      UPDATE messages
      SET status = 'sending', claimed_by = ${ctx.processId}, attempts = messages.attempts + 1,
        check_at = CAST(${now + lookAfterMs} AS BIGINT), updated_at = CAST(${now} AS BIGINT)
      FROM ${rows}
      WHERE messages.pk = j.k AND messages.revision = j.rev
        AND messages.status IN (${Prisma.join(mayBecome('sending'))}) AND messages.due_at <= CAST(${now} AS BIGINT)
        AND ${notSuspended}
      RETURNING pk, id, tenant_id, revision, priority, attempts, retry_count, created_at,
        (SELECT c.payload FROM message_contents c WHERE c.message_pk = messages.pk) AS payload,
        (SELECT a.revision FROM accounts a
          WHERE a.tenant_id = messages.tenant_id AND a.id = messages.account_id) AS account_revision`,
  ]);
  const claimed = results.at(-1) as ClaimedRow[];
  const found = new Map(claimed.map((row) => [row.pk, row]));
  return claims.map(({ pk, revision }) => {
    const row = found.get(pk);
    // In one call there may be jobs of an older revision, perhaps for another account, beside that of the new one.
    if (row?.revision !== revision) return undefined;
    // Two jobs for one message in one call: only the first gets it.
    found.delete(pk);
    return toClaimed(row);
  });
}

function toClaimed(row: ClaimedRow): ClaimedMessage {
  return {
    pk: row.pk,
    id: row.id,
    tenantId: row.tenant_id,
    revision: row.revision,
    priority: row.priority,
    payload: row.payload,
    accountRevision: row.account_revision ?? undefined,
    attempts: row.attempts,
    retryCount: row.retry_count,
    createdAt: Number(row.created_at),
  };
}
