// Where a message stands in the queue of its account: its state, how many messages go before it, and how fast they go.

import type { Status } from '../../domain/status.js';
import type { Needs } from '../context.js';
import { type Sql, sql } from '../db/sql.js';
import { rows } from '../db/transaction.js';
import { isWaiting } from '../messages/status-sql.js';

export interface WaitingMessage {
  pk: string;
  revision: string;
  tenantId: string;
  accountId: string | null;
  status: Status;
  priority: number;
  attempts: number;
  retryCount: number;
  /** When it was sent or failed, else when it last changed, in milliseconds since the epoch. */
  at: number;
  error: string | undefined;
  smtpCode: number | undefined;
}

/** @returns undefined when the tenant has no message of that id */
export async function findWaiting(
  ctx: Needs<'db'>,
  tenantId: string,
  id: string,
): Promise<WaitingMessage | undefined> {
  const row = await ctx.db.read.message.findUnique({ where: { tenantId_id: { tenantId, id } } });
  if (row === null) return undefined;
  return {
    pk: row.pk,
    revision: row.revision,
    tenantId,
    accountId: row.accountId,
    status: row.status as Status,
    priority: row.priority,
    attempts: row.attempts,
    retryCount: row.retryCount,
    at: Number(row.errorAt ?? row.sentAt ?? row.updatedAt),
    error: row.error ?? undefined,
    smtpCode: row.smtpCode ?? undefined,
  };
}

/** The count ends here, because the answer is for people. */
const mostAhead = 100_000;

/** How many due, unsent messages of the same account go before this message. */
export async function countAhead(ctx: Needs<'db' | 'clock'>, message: WaitingMessage): Promise<number> {
  const { priority, pk } = message;
  const [row] = await ctx.db.query(
    rows<{ ahead: bigint | number }>(sql`
      SELECT COUNT(*) AS ahead FROM (SELECT 1 FROM messages
        WHERE next_sweep_at IS NOT NULL AND ${ofAccount(message)}
          AND ${isWaiting('messages')} AND due_at <= ${ctx.clock.now()}
          AND (priority < ${priority} OR (priority = ${priority} AND pk < ${pk})) LIMIT ${mostAhead}) AS a`),
  );
  return Number(row?.ahead ?? 0);
}

/** The pace of an account is that of its last 200 sends, as far as they are less than a minute old. */
const sendsOfPace = 200;
const paceMs = 60_000;

/** The average time between two sends of the message's account; undefined with fewer than two recent sends. */
export async function msBetweenSends(
  ctx: Needs<'db' | 'clock'>,
  message: Pick<WaitingMessage, 'tenantId' | 'accountId'>,
): Promise<number | undefined> {
  const [row] = await ctx.db.query(
    rows<Record<'sends' | 'first' | 'last', bigint | number | null>>(sql`
      SELECT COUNT(*) AS sends, MIN(sent_at) AS first, MAX(sent_at) AS last FROM (SELECT sent_at FROM messages
        WHERE ${ofAccount(message)} AND status = 'sent' ORDER BY pk DESC LIMIT ${sendsOfPace}) AS s
      WHERE sent_at > ${ctx.clock.now() - paceMs}`),
  );
  const sends = Number(row?.sends ?? 0);
  return sends < 2 ? undefined : (Number(row?.last) - Number(row?.first)) / (sends - 1);
}

function ofAccount({ tenantId, accountId }: Pick<WaitingMessage, 'tenantId' | 'accountId'>): Sql {
  const account = accountId === null ? sql`account_id IS NULL` : sql`account_id = ${accountId}`;
  return sql`tenant_id = ${tenantId} AND ${account}`;
}
