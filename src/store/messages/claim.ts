// Begins attempts: marks messages as being sent by this process and loads what is to be sent.

import { mayBecome, type RecipientResult } from '../../domain/message.js';
import type { Owner } from '../../domain/owner.js';
import { breakerOfMessage } from '../accounts/breaker.js';
import type { Needs } from '../context.js';
import { rowsOf } from '../db/old-sql.js';
import type { Client } from '../db/open.js';
import { Prisma } from '../generated/sqlite/client.js';
import {
  accountScope,
  hasAccountLimit,
  hasTenantLimit,
  lockScopes,
  marginMs,
  tenantScope,
  unlimited,
  type Window,
  windows,
  withLimits,
} from '../limits/send-log.js';
import { lockSuspensions, notSuspended } from '../tenants/suspend.js';

export interface Claim extends Owner {
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
  /** How often the account had been sent to rest in a row; undefined when it works. */
  failuresSoFar: number | undefined;
  /** The number of this attempt, from 1. */
  attempts: number;
  retryCount: number;
  createdAt: number;
  /** How its recipients fared so far; undefined before an attempt that told them apart. */
  recipients: RecipientResult[] | undefined;
  /** Whether the attempt took slots of limits, which its result has to end. */
  counted: boolean;
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
  recipients: string | null;
  payload: string;
  account_revision: string | null;
  rests: number | null;
}

type ClaimNeeds = Needs<'db' | 'clock' | 'config' | 'processId' | 'secrets' | 'sendClock'>;

/** How long after its claim the sweep asks whether the claiming process is still there. */
const lookAfterMs = 10_000;

/**
 * An undefined in the answer: the message is gone, replaced, already on its way, final, not due yet, suspended, its
 * account rests, or a window of a limit is full; `findBlockers` tells which.
 * @param counted whether limits are counted; without, what has a limit is not given out
 */
export async function claimMessages(
  ctx: ClaimNeeds,
  claims: Claim[],
  counted = false,
): Promise<(ClaimedMessage | undefined)[]> {
  const now = ctx.clock.now();
  const rows = rowsOf(
    ctx.db.kind,
    { k: 'text', rev: 'text', tenant: 'text', account: 'text' },
    claims.map(({ pk, revision, tenantId, accountId }) => ({
      k: pk,
      rev: revision,
      tenant: tenantId,
      account: accountId,
    })),
  );
  const results = await ctx.db.write<unknown[]>((client) => [
    ...lockSuspensions(ctx, client, 'shared'),
    ...(counted ? lockScopes(ctx, client, claims) : []),
    begin(ctx, client, counted ? withinLimits(ctx, rows, now) : freeOfLimits(ctx, rows, now), now),
    ...(counted ? [takeSlots(ctx, client, rows, now)] : []),
  ]);
  const claimed = results.at(counted ? -2 : -1) as ClaimedRow[];
  const found = new Map(claimed.map((row) => [row.pk, row]));
  return claims.map(({ pk, revision }) => {
    const row = found.get(pk);
    // In one call there may be jobs of an older revision, perhaps for another account, beside that of the new one.
    if (row?.revision !== revision) return undefined;
    // Two jobs for one message in one call: only the first gets it.
    found.delete(pk);
    return toClaimed(row, counted);
  });
}

/** Content and account come with the same statement; SQLite gives RETURNING the table under its own name only. */
function begin(ctx: ClaimNeeds, client: Client, which: Prisma.Sql, now: number) {
  return client.$queryRaw<ClaimedRow[]>`
    UPDATE messages
    SET status = 'sending', claimed_by = ${ctx.processId}, attempts = messages.attempts + 1, blocked_until = NULL,
      next_sweep_at = CAST(${now + lookAfterMs} AS BIGINT), updated_at = CAST(${now} AS BIGINT)
    ${which}
    RETURNING pk, id, tenant_id, revision, priority, attempts, retry_count, created_at, recipients,
      (SELECT c.payload FROM message_contents c WHERE c.message_pk = messages.pk) AS payload,
      (SELECT a.revision FROM accounts a
        WHERE a.tenant_id = messages.tenant_id AND a.id = messages.account_id) AS account_revision,
      (SELECT r.failures FROM ${breakerOfMessage(ctx)}) AS rests`;
}

/** What lets a row of `messages` be sent now, but for limits. */
function isClaimable(ctx: ClaimNeeds, now: number) {
  return Prisma.sql`messages.pk = j.k AND messages.revision = j.rev
    AND messages.status IN (${Prisma.join(mayBecome('sending'))}) AND messages.due_at <= CAST(${now} AS BIGINT)
    AND ${notSuspended}
    AND NOT EXISTS (SELECT 1 FROM ${breakerOfMessage(ctx)} AND r.open_until > CAST(${now} AS BIGINT))`;
}

function freeOfLimits(ctx: ClaimNeeds, rows: Prisma.Sql, now: number) {
  return Prisma.sql`FROM ${rows} WHERE ${isClaimable(ctx, now)} AND ${unlimited(ctx)}`;
}

/** The first in line of each account and tenant, as many as its windows have room for. */
function withinLimits(ctx: ClaimNeeds, rows: Prisma.Sql, now: number) {
  const rank = (owner: Prisma.Sql) =>
    Prisma.sql`ROW_NUMBER() OVER (PARTITION BY ${owner} ORDER BY messages.priority, messages.pk)`;
  const room = windows.map((window) => hasRoom(window, ctx.sendClock()));
  return Prisma.sql`WHERE pk IN (SELECT j.k FROM (
      SELECT j.*, ${rank(accountScope)} AS account_rank, ${rank(tenantScope)} AS tenant_rank,
        COALESCE(sa.last_n, 0) AS account_n, COALESCE(sa.last_at, 0) AS account_at,
        COALESCE(st.last_n, 0) AS tenant_n, COALESCE(st.last_at, 0) AS tenant_at,
        (SELECT COUNT(*) FROM send_slots o WHERE o.scope = ${accountScope}) AS account_open,
        (SELECT COUNT(*) FROM send_slots o WHERE o.scope = ${tenantScope}) AS tenant_open
      FROM ${withLimits(ctx, rows)} JOIN messages ON ${isClaimable(ctx, now)}
      LEFT JOIN send_scopes sa ON sa.scope = ${accountScope}
      LEFT JOIN send_scopes st ON st.scope = ${tenantScope}) AS j
    WHERE ${Prisma.join(room, ' AND ')})
    AND status IN (${Prisma.join(mayBecome('sending'))})`;
}

/** Whether a window has room for a row of `j`: with what is under way and what comes before it in line. */
function hasRoom({ name, lengthMs }: Window, sendClock: number) {
  const of = name.startsWith('tenant') ? 'tenant' : 'account';
  const limit = Prisma.raw(`j.${name}`);
  const column = (what: string) => Prisma.raw(`j.${of}_${what}`);
  const scope = of === 'tenant' ? tenantScope : accountScope;
  const now = Prisma.sql`CASE WHEN ${column('at')} > CAST(${sendClock} AS BIGINT)
    THEN ${column('at')} ELSE CAST(${sendClock} AS BIGINT) END`;
  const taken = Prisma.sql`${column('open')} + ${column('rank')}`;
  return Prisma.sql`(${limit} = 0 OR (${taken} <= ${limit} AND NOT EXISTS (
    SELECT 1 FROM send_log l WHERE l.scope = ${scope} AND l.n = ${column('n')} - ${limit} + ${taken}
      AND l.at > ${now} - CAST(${lengthMs + marginMs} AS BIGINT))))`;
}

/** For what has just been claimed: the attempt counts against the limits of its account and its tenant from now on. */
function takeSlots(ctx: ClaimNeeds, client: Client, rows: Prisma.Sql, now: number) {
  const of = (scope: Prisma.Sql, limited: Prisma.Sql) => Prisma.sql`
    SELECT ${scope}, messages.pk || '-' || messages.attempts, ${ctx.processId}, CAST(${now} AS BIGINT)
    FROM ${withLimits(ctx, rows)} JOIN messages ON messages.pk = j.k AND messages.revision = j.rev
    WHERE ${limited} AND messages.status = 'sending' AND messages.claimed_by = ${ctx.processId}
      AND messages.updated_at = CAST(${now} AS BIGINT)`;
  return client.$executeRaw`INSERT INTO send_slots (scope, attempt, process_id, at)
    ${of(accountScope, hasAccountLimit)} UNION ${of(tenantScope, hasTenantLimit)}
    ON CONFLICT (scope, attempt) DO NOTHING`;
}

function toClaimed(row: ClaimedRow, counted: boolean): ClaimedMessage {
  return {
    pk: row.pk,
    id: row.id,
    tenantId: row.tenant_id,
    revision: row.revision,
    priority: row.priority,
    payload: row.payload,
    accountRevision: row.account_revision ?? undefined,
    failuresSoFar: row.rests ?? undefined,
    attempts: row.attempts,
    retryCount: row.retry_count,
    createdAt: Number(row.created_at),
    recipients: row.recipients === null ? undefined : (JSON.parse(row.recipients) as RecipientResult[]),
    counted,
  };
}
