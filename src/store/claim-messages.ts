// Begins attempts: marks messages as being sent by this process and loads what is to be sent.
import type { Needs } from '../context.js';
import { mayBecome } from '../message.js';
import { Prisma } from './generated/sqlite/client.js';
import { rowsOf } from './sql.js';

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
}

interface ContentRow {
  message_pk: string;
  payload: string;
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
  const pks = Prisma.join(claims.map(({ pk }) => pk));
  const [claimed, contents] = await ctx.db.write<[ClaimedRow[], ContentRow[]]>((client) => [
    client.$queryRaw<ClaimedRow[]>`
      UPDATE messages AS m
      SET status = 'sending', claimed_by = ${ctx.processId}, attempts = m.attempts + 1,
        check_at = CAST(${now + lookAfterMs} AS BIGINT), updated_at = CAST(${now} AS BIGINT)
      FROM ${rows}
      WHERE m.pk = j.k AND m.revision = j.rev AND m.status IN (${Prisma.join(mayBecome('sending'))})
        AND m.due_at <= CAST(${now} AS BIGINT)
      RETURNING pk, id, tenant_id, revision, priority, attempts, retry_count, created_at`,
    client.$queryRaw<
      ContentRow[]
    >`SELECT message_pk, payload FROM message_contents WHERE message_pk IN (${pks})`,
  ]);
  const byPk = new Map(claimed.map((row) => [row.pk, row]));
  const payloads = new Map(contents.map((row) => [row.message_pk, row.payload]));
  return claims.map(({ pk }) => {
    const row = byPk.get(pk);
    // Two jobs for one message in one call: only the first gets it.
    byPk.delete(pk);
    return row && toClaimed(row, payloads.get(pk) ?? '');
  });
}

function toClaimed(row: ClaimedRow, payload: string): ClaimedMessage {
  return {
    pk: row.pk,
    id: row.id,
    tenantId: row.tenant_id,
    revision: row.revision,
    priority: row.priority,
    payload,
    attempts: row.attempts,
    retryCount: row.retry_count,
    createdAt: Number(row.created_at),
  };
}
