// Begins attempts: marks messages as being sent by this process, and loads their content.
import { expiringMap } from '../../concurrency/expiring-map.js';
import type { RecipientResult } from '../../domain/message.js';
import { type Owner, ownerKey } from '../../domain/owner.js';
import { unpackRecipients } from '../../domain/recipient-list.js';
import { waitingStatuses } from '../../domain/status.js';
import { breakerOfMessage, isHalfOpen } from '../accounts/breaker.js';
import type { Needs } from '../context.js';
import { batched, perDatabase } from '../db/per-database.js';
import { type Sql, sql, verbatim } from '../db/sql.js';
import { rowsOf } from '../db/sql-parts.js';
import { rows, run } from '../db/transaction.js';
import { isUnlimited, lockScopes, takeSlots } from '../limits/send-log.js';
import { withinLimits } from '../limits/within-limits.js';
import { isReleased } from '../schedule/test-mode.js';
import { notSuspended, suspensionLock } from '../tenants/suspend.js';
import { type Blockers, findBlockersBatched } from './blockers.js';
import { beginInFlight, endInFlight } from './claims-in-flight.js';
import { markSending, type Transition } from './transitions.js';

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
  /** Undefined: it is large, and `loadContent` reads it. */
  payload?: string | undefined;
  contentBytes: number;
  /** The revision of its account; undefined when the account is gone or is the instance's. */
  accountRevision: string | undefined;
  /** How often the circuit breaker of the account opened without a success since; undefined when the account works. */
  failuresSoFar: number | undefined;
  /** The number of this attempt, from 1. */
  attempts: number;
  retryCount: number;
  createdAt: number;
  /** When the first attempt at this content began. */
  firstAttemptAt: number;
  /** How its recipients fared so far; undefined until an attempt has told them apart. */
  recipients: RecipientResult[] | undefined;
  /** Whether the attempt took slots of limits. Its result has to end them. */
  counted: boolean;
  /** The envelope sender of messages that name none, as the installation has it. */
  defaultReturnPath: string | undefined;
  /** Whether its tenant has a suppression list. */
  hasSuppressions: boolean;
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
  first_attempt_at: bigint;
  recipients: string | null;
  payload: string | null;
  content_bytes: number | bigint | null;
  account_revision: string | null;
  failures: number | null;
  default_return_path: string | null;
  has_suppressions: boolean | number;
}

type ClaimNeeds = Needs<'db' | 'clock' | 'config' | 'processId' | 'secrets' | 'sendClock'>;

/**
 * Begins an attempt at each message that may be sent now. Undefined in the answer: the message is gone, replaced, already
 * being sent, final, not due yet or suspended, its account's circuit breaker is open, or a window of a limit is full;
 * `findBlockers` tells which.
 * @param counted whether limits are counted; without, a message that has a limit is not claimed
 */
export async function claimMessages(
  ctx: ClaimNeeds,
  claims: Claim[],
  counted = false,
): Promise<(ClaimedMessage | undefined)[]> {
  const now = ctx.clock.now();
  const firsts = firstOfEachOwner(claims);
  const table = rowsOf(
    { k: 'text', rev: 'text', tenant: 'text', account: 'text', is_first: 'bigint' },
    claims.map((claim) => ({
      k: claim.pk,
      rev: claim.revision,
      tenant: claim.tenantId,
      account: claim.accountId,
      is_first: firsts.has(claim) ? 1 : 0,
    })),
  );
  const sending = markSending({ processId: ctx.processId, now });
  const claimable = isClaimable(ctx, sending, now);
  const which = counted
    ? sql`WHERE pk IN (${withinLimits(ctx, table, claimable, ctx.sendClock())}) AND ${sending.from}`
    : sql`FROM ${table} WHERE ${claimable} AND ${isUnlimited(ctx)}`;
  const { claimed } = await ctx.db.transaction({
    lock: run(suspensionLock('shared')),
    ...(counted && lockScopes(claims)),
    claimed: rows<ClaimedRow>(sql`UPDATE messages SET ${sending.set} ${which} RETURNING ${loaded(ctx)}`),
    ...(counted && {
      slots: takeSlots(ctx, table, justClaimed(ctx, now), { processId: ctx.processId, now }),
    }),
  });
  const byPk = new Map(claimed.map((row) => [row.pk, row]));
  return claims.map(({ pk, revision }) => {
    const row = byPk.get(pk);
    // In one call there may be jobs of an older revision, perhaps for another account, beside that of the new one.
    if (row?.revision !== revision) return undefined;
    byPk.delete(pk); // Of two jobs for one message only the first gets it.
    return toClaimed(row, counted);
  });
}

const mostWithClaim = 64 * 1024;
const content = verbatim('FROM message_contents c WHERE c.message_pk = messages.pk');

/** Content, unless it is large, and account come with the claim. SQLite gives RETURNING the table under its own name only. */
function loaded(ctx: ClaimNeeds): Sql {
  return sql`pk, id, tenant_id, revision, priority, attempts, retry_count, created_at, first_attempt_at, recipients,
    (SELECT c.payload ${content} AND octet_length(c.payload) <= ${mostWithClaim}) AS payload,
    (SELECT octet_length(c.payload) ${content}) AS content_bytes,
    (SELECT a.revision FROM accounts a
      WHERE a.tenant_id = messages.tenant_id AND a.id = messages.account_id) AS account_revision,
    (SELECT b.failures FROM ${breakerOfMessage(ctx)}) AS failures,
    (SELECT i.bounce_return_path FROM instance i) AS default_return_path,
    EXISTS (SELECT 1 FROM suppressions s WHERE s.tenant_id = messages.tenant_id) AS has_suppressions`;
}

/** A row of `messages` is the one meant by a row of `j`, and only limits may forbid to send it now. */
function isClaimable(ctx: ClaimNeeds, { from }: Transition, now: number): Sql {
  return sql`messages.pk = j.k AND messages.revision = j.rev AND ${from} AND messages.due_at <= ${now}
    AND ${notSuspended} ${isReleased(ctx)}
    AND NOT EXISTS (SELECT 1 FROM ${breakerOfMessage(ctx)} AND (b.open_until > ${now}
      OR (${isHalfOpen(now)} AND (j.is_first = 0 OR ${isOneSending}))))`;
}

/** A message of the account of a row of `messages` is being sent. */
const isOneSending = sql`EXISTS (SELECT 1 FROM messages o WHERE o.tenant_id = messages.tenant_id
  AND o.status = 'sending' AND COALESCE(o.account_id, '') = COALESCE(messages.account_id, ''))`;

/** Of the claims of one call, the one that may try whether the server of its account takes mail again. */
function firstOfEachOwner(claims: Claim[]): Set<Claim> {
  const byOwner = new Map<string, Claim>();
  for (const claim of claims) {
    const owner = ownerKey(claim);
    if (!byOwner.has(owner)) byOwner.set(owner, claim);
  }
  return new Set(byOwner.values());
}

function justClaimed({ processId }: ClaimNeeds, now: number): Sql {
  return sql`messages.pk = j.k AND messages.revision = j.rev AND messages.status = 'sending'
    AND messages.claimed_by = ${processId} AND messages.updated_at = ${now}`;
}

function toClaimed(row: ClaimedRow, counted: boolean): ClaimedMessage {
  return {
    pk: row.pk,
    id: row.id,
    tenantId: row.tenant_id,
    revision: row.revision,
    priority: row.priority,
    payload: row.payload ?? undefined,
    contentBytes: Number(row.content_bytes ?? 0),
    accountRevision: row.account_revision ?? undefined,
    failuresSoFar: row.failures ?? undefined,
    attempts: row.attempts,
    retryCount: row.retry_count,
    createdAt: Number(row.created_at),
    firstAttemptAt: Number(row.first_attempt_at),
    recipients: row.recipients === null ? undefined : unpackRecipients(JSON.parse(row.recipients)),
    counted,
    defaultReturnPath: row.default_return_path ?? undefined,
    hasSuppressions: Boolean(row.has_suppressions),
  };
}

export type ClaimAnswer =
  | { kind: 'claimed'; message: ClaimedMessage }
  /** The message is gone, replaced, final, or already being sent. */
  | { kind: 'nothing' }
  | { kind: 'blocked'; by: Blockers };

const claimUnlimited = batched((ctx: ClaimNeeds, claims: Claim[]) => claimMessages(ctx, claims, false));
const claimCounted = batched((ctx: ClaimNeeds, claims: Claim[]) => claimMessages(ctx, claims, true));

/** How long it is remembered whether an owner without claims has limits. */
const rememberMs = 60_000;

/** Owners known to have limits, and owners known to have none, whose messages are claimed without counting. */
const limitedOwners = perDatabase(({ clock }: ClaimNeeds) => expiringMap<boolean>(clock, rememberMs));

/** For each owner not yet known to be limited or not: the claim that finds out. Its other claims wait, to keep their order. */
const leadingClaims = perDatabase(() => new Map<string, Promise<ClaimAnswer>>());

/** As `claimMessages` for one message, and says why it is not claimed. */
export async function claimBatched(ctx: ClaimNeeds, claim: Claim): Promise<ClaimAnswer> {
  beginInFlight(ctx, claim.pk);
  let answer: ClaimAnswer | undefined;
  try {
    answer = await claimOrExplain(ctx, claim);
    return answer;
  } finally {
    if (answer?.kind !== 'claimed') endInFlight(ctx, claim.pk);
  }
}

async function claimOrExplain(ctx: ClaimNeeds, claim: Claim): Promise<ClaimAnswer> {
  const owner = ownerKey(claim);
  const leading = leadingClaims(ctx);
  const leader = leading.get(owner);
  if (leader !== undefined) await leader;
  else if (limitedOwners(ctx).get(owner) === undefined) {
    const first = claimAsKnown(ctx, claim, owner);
    leading.set(owner, first);
    try {
      return await first;
    } finally {
      leading.delete(owner);
    }
  }
  return claimAsKnown(ctx, claim, owner);
}

async function claimAsKnown(ctx: ClaimNeeds, claim: Claim, owner: string): Promise<ClaimAnswer> {
  const limited = limitedOwners(ctx);
  const counted = limited.get(owner) === true;
  const message = await (counted ? claimCounted : claimUnlimited)(ctx, claim);
  if (message !== undefined) {
    limited.set(owner, counted);
    return { kind: 'claimed', message };
  }
  const by = await findBlockersBatched(ctx, { ...claim, rank: 1 });
  if (by === undefined || !waitingStatuses.some((status) => status === by.status)) return { kind: 'nothing' };
  limited.set(owner, by.limited);
  if (by.limited === counted) return { kind: 'blocked', by };
  // The owner has gained or lost its limits, so the claim is repeated in the other way.
  const again = await (by.limited ? claimCounted : claimUnlimited)(ctx, claim);
  return again === undefined ? { kind: 'blocked', by } : { kind: 'claimed', message: again };
}
