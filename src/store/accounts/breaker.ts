// Accounts that rest: their server refused them rather than a message, so nothing more is tried for a while, or until
// somebody has changed the account.
import type { Needs } from '../../context.js';
import { Prisma } from '../generated/sqlite/client.js';
import { instanceRevision } from './instance-revision.js';
import type { LimitedOwner } from '../limits/send-log.js';

/** The time for an account that rests until it is changed or verified. */
export const untilChanged = Number.MAX_SAFE_INTEGER;

/** Picks the rest of the account of a row of `messages`, unless it is over because the account was changed. */
export function restOfMessage(ctx: Needs<'config' | 'secrets'>): Prisma.Sql {
  return Prisma.sql`account_rests r WHERE r.tenant_id = messages.tenant_id
    AND r.account_id = COALESCE(messages.account_id, '')
    AND r.revision = COALESCE((SELECT a.revision FROM accounts a
      WHERE a.tenant_id = messages.tenant_id AND a.id = messages.account_id), ${instanceRevision(ctx)})`;
}

export interface NewRest {
  owner: LimitedOwner;
  /** Of the account that was refused. */
  revision: string;
  /** Milliseconds since the epoch, or `untilChanged`. */
  until: number;
  reason: string;
  smtpCode: number | undefined;
  failures: number;
}

/** Sends the account to rest, or lets it rest longer; a shorter rest than the one it has changes nothing. */
export async function putToRest(ctx: Needs<'db' | 'clock'>, rest: NewRest): Promise<void> {
  const { owner, revision, until, reason, failures } = rest;
  const account = owner.accountId ?? '';
  const smtpCode = rest.smtpCode ?? null;
  const now = ctx.clock.now();
  await ctx.db.write((client) => [
    client.$executeRaw`INSERT INTO account_rests
        (tenant_id, account_id, revision, rest_until, reason, smtp_code, failures, since)
      VALUES (${owner.tenantId}, ${account}, ${revision}, CAST(${until} AS BIGINT), ${reason},
        CAST(${smtpCode} AS INTEGER), ${failures}, CAST(${now} AS BIGINT))
      ON CONFLICT (tenant_id, account_id) DO UPDATE SET revision = excluded.revision,
        rest_until = excluded.rest_until, reason = excluded.reason, smtp_code = excluded.smtp_code,
        failures = excluded.failures, since = excluded.since
      WHERE account_rests.revision <> excluded.revision OR account_rests.rest_until < excluded.rest_until`,
  ]);
}

/** Somebody has seen that the account works: it does not rest. @returns whether it had rested */
export async function endRest(ctx: Needs<'db'>, owner: LimitedOwner): Promise<boolean> {
  return remove(ctx, { tenantId: owner.tenantId, accountId: owner.accountId ?? '' });
}

/**
 * A mail was taken: the next rest is a short one again. A rest that has begun since that mail was claimed stays, for the
 * server has refused the account after all; so does one that is not over.
 * @param restsSoFar as the claim of the mail found it
 */
export async function forgetRest(
  ctx: Needs<'db' | 'clock'>,
  owner: LimitedOwner,
  restsSoFar: number,
): Promise<boolean> {
  return remove(ctx, {
    tenantId: owner.tenantId,
    accountId: owner.accountId ?? '',
    failures: { lte: restsSoFar },
    restUntil: { lte: ctx.clock.now() },
  });
}

async function remove(ctx: Needs<'db'>, where: Prisma.AccountRestWhereInput): Promise<boolean> {
  if ((await ctx.db.read.accountRest.count({ where })) === 0) return false;
  await ctx.db.write((client) => [client.accountRest.deleteMany({ where })]);
  return true;
}
