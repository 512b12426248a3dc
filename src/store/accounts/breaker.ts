// Accounts that rest: their server refused them rather than a message, so nothing more is tried for a while, or until
// somebody has changed the account.

import type { Owner } from '../../domain/owner.js';
import type { Needs } from '../context.js';
import { Prisma } from '../generated/sqlite/client.js';
import { instanceRevision } from './instance-account.js';

/** The time for an account that rests until it is changed or verified. */
export const untilChanged = Number.MAX_SAFE_INTEGER;

/** Picks the rest of the account of a row of `messages`, unless it is over because the account was changed. */
export function breakerOfMessage(ctx: Needs<'config' | 'secrets'>): Prisma.Sql {
  return Prisma.sql`breakers r WHERE r.tenant_id = messages.tenant_id
    AND r.account_id = COALESCE(messages.account_id, '')
    AND r.revision = COALESCE((SELECT a.revision FROM accounts a
      WHERE a.tenant_id = messages.tenant_id AND a.id = messages.account_id), ${instanceRevision(ctx)})`;
}

export interface BreakerOpening {
  owner: Owner;
  /** Of the account that was refused. */
  revision: string;
  /** Milliseconds since the epoch, or `untilChanged`. */
  until: number;
  reason: string;
  smtpCode: number | undefined;
  failures: number;
}

/** Sends the account to rest, or lets it rest longer; a shorter rest than the one it has changes nothing. */
export async function openBreaker(ctx: Needs<'db' | 'clock'>, rest: BreakerOpening): Promise<void> {
  const { owner, revision, until, reason, failures } = rest;
  const account = owner.accountId ?? '';
  const smtpCode = rest.smtpCode ?? null;
  const now = ctx.clock.now();
  await ctx.db.write((client) => [
    client.$executeRaw`INSERT INTO breakers
        (tenant_id, account_id, revision, open_until, reason, smtp_code, failures, opened_at)
      VALUES (${owner.tenantId}, ${account}, ${revision}, CAST(${until} AS BIGINT), ${reason},
        CAST(${smtpCode} AS INTEGER), ${failures}, CAST(${now} AS BIGINT))
      ON CONFLICT (tenant_id, account_id) DO UPDATE SET revision = excluded.revision,
        open_until = excluded.open_until, reason = excluded.reason, smtp_code = excluded.smtp_code,
        failures = excluded.failures, opened_at = excluded.opened_at
      WHERE breakers.revision <> excluded.revision OR breakers.open_until < excluded.open_until`,
  ]);
}

/** Somebody has seen that the account works: it does not rest. @returns whether it had rested */
export async function closeBreaker(ctx: Needs<'db'>, owner: Owner): Promise<boolean> {
  return remove(ctx, { tenantId: owner.tenantId, accountId: owner.accountId ?? '' });
}

/**
 * A mail was taken: the next rest is a short one again. A rest that has begun since that mail was claimed stays, for the
 * server has refused the account after all; so does one that is not over.
 * @param failuresSoFar as the claim of the mail found it
 */
export async function resetBreaker(
  ctx: Needs<'db' | 'clock'>,
  owner: Owner,
  failuresSoFar: number,
): Promise<boolean> {
  return remove(ctx, {
    tenantId: owner.tenantId,
    accountId: owner.accountId ?? '',
    failures: { lte: failuresSoFar },
    openUntil: { lte: ctx.clock.now() },
  });
}

async function remove(ctx: Needs<'db'>, where: Prisma.BreakerWhereInput): Promise<boolean> {
  if ((await ctx.db.read.breaker.count({ where })) === 0) return false;
  await ctx.db.write((client) => [client.breaker.deleteMany({ where })]);
  return true;
}
