// Opens the circuit breaker of an account that was refused, and resets it after a success.
import type { Owner } from '../domain/owner.js';
import { reasonOf } from '../errors.js';
import { openBreaker, resetBreaker, untilChanged } from '../store/accounts/breaker.js';
import { isUnavailable } from '../store/db/unavailable.js';
import type { Attempt } from './attempt-result.js';
import type { DeliverNeeds } from './delivery.js';
import type { Outcome } from './judge/judge-reply.js';
import { retryWhileUnavailable } from './retry-while-unavailable.js';

type Refusal = Extract<Outcome, { kind: 'account_refused' }>;

/**
 * A fault here must not keep the result of the attempt from being recorded, so it is logged only.
 * @param until milliseconds since the epoch, or `untilChanged`
 */
export async function openAccountBreaker(
  ctx: DeliverNeeds,
  { owner, account, message }: Attempt,
  { error: reason, smtpCode }: Refusal,
  until: number,
): Promise<void> {
  const revision = account?.version ?? message.accountRevision;
  if (revision === undefined) return;
  const failures = (message.failuresSoFar ?? 0) + 1;
  const opening = { owner, revision, until, reason, smtpCode, failures };
  const names = { tenant: owner.tenantId, account: owner.accountId };
  try {
    await retryWhileUnavailable(ctx, () => openBreaker(ctx, opening));
  } catch (error) {
    const event = 'account.breaker_not_stored';
    ctx.log.error({ event, ...names, err: error }, `The breaker of ${nameOf(owner)} could not be opened`);
    return;
  }
  const end = until === untilChanged ? 'it is changed or verified' : new Date(until).toISOString();
  const sentence = `${nameOf(owner)} is paused until ${end}: ${reason}`;
  ctx.log.warn({ event: 'account.breaker_opened', ...names, until, reason }, sentence);
}

/** Remembers a refusal that may be the message's own. The breaker stays closed. */
export async function noteRefusal(
  ctx: DeliverNeeds,
  { owner, account, message }: Attempt,
  { error: reason, smtpCode }: { error: string; smtpCode?: number },
): Promise<void> {
  const revision = account?.version ?? message.accountRevision;
  if (revision === undefined) return;
  const failures = message.failuresSoFar ?? 0;
  const until = ctx.clock.now();
  try {
    await openBreaker(ctx, { owner, revision, until, reason, smtpCode, failures });
  } catch (error) {
    const event = 'account.refusal_not_stored';
    ctx.log.warn({ event, reason: reasonOf(error) }, `A refusal of ${nameOf(owner)} could not be stored`);
  }
}

/** The server took a mail: the next pause is a short one again. Where that cannot be stored, the next success does it. */
export async function resetAccountBreaker(
  ctx: DeliverNeeds,
  owner: Owner,
  failuresSoFar: number,
): Promise<void> {
  try {
    await resetBreaker(ctx, owner, failuresSoFar);
  } catch (error) {
    const level = isUnavailable(error) ? 'debug' : 'error';
    const event = 'account.breaker_not_reset';
    ctx.log[level]({ event, reason: reasonOf(error) }, `The breaker of ${nameOf(owner)} could not be reset`);
  }
}

function nameOf({ tenantId, accountId }: Owner): string {
  const account = accountId === null ? 'The account of the instance' : `Account "${accountId}"`;
  return `${account} of tenant "${tenantId}"`;
}
