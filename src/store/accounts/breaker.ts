// The circuit breaker of an account. It opens when the mail server refuses the account rather than a message; until it
// closes, no message of the account is tried.

import type { Owner } from '../../domain/owner.js';
import type { Needs } from '../context.js';
import { type Sql, sql } from '../db/sql.js';
import { run } from '../db/transaction.js';
import type { Prisma } from '../generated/sqlite/client.js';
import { instanceRevision } from './instance-account.js';

/** The `until` of a breaker that stays open until the account is changed or verified. */
export const untilChanged = Number.MAX_SAFE_INTEGER;

/** A FROM clause: the breaker of the account of a row of `messages`, unless the account was changed since it opened. */
export function breakerOfMessage(ctx: Needs<'config' | 'secrets'>): Sql {
  const revision = sql`COALESCE((SELECT a.revision FROM accounts a
    WHERE a.tenant_id = messages.tenant_id AND a.id = messages.account_id), ${instanceRevision(ctx)})`;
  return sql`breakers b WHERE ${isBreakerOf(sql`messages.tenant_id`, sql`messages.account_id`, revision)}`;
}

/** A condition on a row `b` of breakers: it is that of the account in its present revision. */
export function isBreakerOf(tenantId: Sql, accountId: Sql, revision: Sql): Sql {
  return sql`b.tenant_id = ${tenantId}
    AND b.account_id = COALESCE(${accountId}, '')
    AND b.revision = ${revision}`;
}

/**
 * A condition on a row `b` of breakers: it was open and is not any more, and the server has taken no mail since. One message
 * at a time tries whether it does.
 */
export function isHalfOpen(now: number): Sql {
  return sql`(b.failures > 0 AND b.open_until <= ${now})`;
}

interface BreakerOpening {
  owner: Owner;
  /** The revision of the account that was refused. */
  revision: string;
  /** Milliseconds since the epoch, or `untilChanged`. */
  until: number;
  reason: string;
  smtpCode: number | undefined;
  /** How often the server has refused the account in a row, this time included. */
  failures: number;
}

/** Opens the breaker, or keeps it open for longer. A shorter time than it is open for already changes nothing. */
export async function openBreaker(ctx: Needs<'db' | 'clock'>, opening: BreakerOpening): Promise<void> {
  const { owner, revision, until, reason, failures } = opening;
  const account = owner.accountId ?? '';
  const smtpCode = opening.smtpCode ?? null;
  const now = ctx.clock.now();
  await ctx.db.transaction({
    opened: run(sql`INSERT INTO breakers
        (tenant_id, account_id, revision, open_until, reason, smtp_code, failures, opened_at)
      VALUES (${owner.tenantId}, ${account}, ${revision}, ${until}, ${reason}, ${smtpCode}, ${failures}, ${now})
      ON CONFLICT (tenant_id, account_id) DO UPDATE SET revision = excluded.revision,
        open_until = excluded.open_until, reason = excluded.reason, smtp_code = excluded.smtp_code,
        failures = excluded.failures, opened_at = excluded.opened_at
      WHERE breakers.revision <> excluded.revision OR breakers.open_until < excluded.open_until`),
  });
}

/** Closes the breaker, because the account was seen to work. @returns whether there was a breaker to close */
export async function closeBreaker(ctx: Needs<'db'>, owner: Owner): Promise<boolean> {
  return remove(ctx, { tenantId: owner.tenantId, accountId: owner.accountId ?? '' });
}

/**
 * Forgets past failures after the server accepted a mail, so that the next opening is a short one again. A breaker that
 * is still open stays, and so does one that has opened since the mail was claimed: the server refused the account later.
 * @param failuresSoFar the failures in a row that the claim of the mail found
 * @returns whether anything was forgotten
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
  await ctx.db.writeModels((models) => [models.breaker.deleteMany({ where })]);
  return true;
}
