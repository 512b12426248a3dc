// Finds messages that are stored and due but may not be on their way, a page and a statement at a time.
import type { Config } from '../config.js';
import type { Needs } from '../context.js';
import { Prisma } from './generated/sqlite/client.js';
import { aside, asideFrom, nextLook } from './look-times.js';
import { notSuspended } from './not-suspended.js';
import { lockSuspensions } from './suspend.js';

export interface OpenMessage {
  pk: string;
  revision: string;
  tenantId: string;
  accountId: string | null;
  priority: number;
  attempts: number;
  dueAt: number;
}

export interface OpenRow {
  pk: string;
  revision: string;
  tenant_id: string;
  account_id: string | null;
  priority: number;
  attempts: number;
  due_at: bigint;
  check_at: bigint;
}

/** What a statement gives of each row as an OpenRow. */
export const openColumns = Prisma.sql`pk, revision, tenant_id, account_id, priority, attempts, due_at, check_at`;

/** How long before a message is due its account is woken: a worker that was closed for want of work is back in time. */
export function wakeAheadMs(config: Pick<Config, 'sweepIntervalSeconds'>): number {
  return config.sweepIntervalSeconds * 3 * 1000;
}

/** When the sweep first looks after a message that is stored now: soon, or shortly before it is due. */
export function firstLookAt(
  config: Pick<Config, 'sweepIntervalSeconds'>,
  now: number,
  dueAt: number,
): number {
  return Math.max(now + config.sweepIntervalSeconds * 1000, dueAt - wakeAheadMs(config));
}

/**
 * The next page of messages whose time for a look has come, and puts their next look off; what is suspended is put aside.
 * @param page.firstLookMs how long a message is left alone at least
 * @returns how many were looked at, and those of them that are not suspended
 */
export async function takeDueForLook(
  ctx: Needs<'db' | 'clock'>,
  page: { size: number; firstLookMs: number },
): Promise<{ looked: number; open: OpenMessage[] }> {
  const now = ctx.clock.now();
  const results = await ctx.db.write<unknown[]>((client) => [
    ...lockSuspensions(ctx, client, 'shared'),
    client.$queryRaw<OpenRow[]>`
      UPDATE messages
      SET check_at = CASE WHEN NOT (${notSuspended}) THEN ${aside} ELSE ${nextLook(now, page.firstLookMs)} END
      WHERE pk IN (SELECT pk FROM messages
        WHERE check_at <= CAST(${now} AS BIGINT) AND status IN ('pending', 'deferred')
        ORDER BY check_at, pk LIMIT ${page.size})
        AND status IN ('pending', 'deferred')
      RETURNING ${openColumns}`,
  ]);
  const rows = results.at(-1) as OpenRow[];
  const open = rows
    .filter(({ check_at }) => Number(check_at) < asideFrom)
    .map(toOpen)
    .sort((a, b) => (a.pk < b.pk ? -1 : 1));
  return { looked: rows.length, open };
}

export function toOpen(row: OpenRow): OpenMessage {
  return {
    pk: row.pk,
    revision: row.revision,
    tenantId: row.tenant_id,
    accountId: row.account_id,
    priority: row.priority,
    attempts: row.attempts,
    dueAt: Number(row.due_at),
  };
}
