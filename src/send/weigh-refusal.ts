// Decides whether a reply about the account opens its breaker, or is put down to the message that met it at first.
import { reasonOf } from '../errors.js';
import { findRefusals } from '../store/accounts/breaker.js';
import type { Attempt } from './attempt-result.js';
import type { DeliverNeeds } from './delivery.js';
import type { Outcome } from './judge/judge-reply.js';

/** How an attempt ended that was made. */
type Tried = Exclude<Outcome, { kind: 'no_room' }>;
type OfMessage = Outcome & { kind: 'deferred' };
type Refusal = Extract<Outcome, { kind: 'account_refused' }>;

/** `isNoted`: the refusal is remembered, in case another message meets the same. */
type Weighed = { outcome: Tried; isNoted?: true };

/** How many attempts at one message may go uncounted for replies to its recipients or its body. */
const mostUncounted = 10;

/** How many may go uncounted for replies to MAIL that no other message has met. */
const mostAlone = 3;

/**
 * Before MAIL a reply can only be about the account. A reply to MAIL is about the account, unless the server has taken
 * other mails since it last refused this one, or has refused this one alone for too often. A reply to RCPT or to the body
 * is about the message, until another message meets the same. The message's first refusal counts as no attempt, because
 * the server may be in trouble.
 */
export async function weighRefusal(ctx: DeliverNeeds, attempt: Attempt, outcome: Tried): Promise<Weighed> {
  if (outcome.kind !== 'account_refused') return { outcome };
  const { message } = attempt;
  const uncounted = message.attempts - 1 - message.retryCount;
  if (outcome.at === 'session') return { outcome };
  const before = await refusalsBefore(ctx, attempt);
  if (outcome.at === 'sender') {
    const isAlone = before?.provokedBy === message.pk && (before.failures === 0 || uncounted >= mostAlone);
    const isOwn = (before === undefined || isAlone) && uncounted > 0 && outcome.until === 'backoff';
    return isOwn ? { outcome: ofMessage(outcome), isNoted: true } : { outcome };
  }
  const othersMetIt = before?.provokedBy !== undefined && before.provokedBy !== message.pk;
  if (othersMetIt) {
    // Refused recipients alone never stop an account until it is changed.
    const { recipients: _own, ...refusal } = outcome;
    if (uncounted < mostUncounted) {
      return { outcome: { ...refusal, until: 'backoff', countsAsAttempt: false } };
    }
    return { outcome: ofMessage(outcome), isNoted: true };
  }
  const isFirst = uncounted === 0 && outcome.until === 'backoff';
  return { outcome: { ...ofMessage(outcome), ...(isFirst && { isUncounted: true }) }, isNoted: true };
}

/** A fault here must not cost the result of the attempt. Without an answer the refusal is the message's own. */
async function refusalsBefore(ctx: DeliverNeeds, { owner, account, message }: Attempt) {
  const revision = account?.version ?? message.accountRevision;
  if (revision === undefined) return undefined;
  try {
    return await findRefusals(ctx, owner, revision);
  } catch (error) {
    const event = 'account.breaker_not_read';
    ctx.log.warn({ event, tenant: owner.tenantId, reason: reasonOf(error) }, 'A breaker could not be read');
    return undefined;
  }
}

function ofMessage({ error, smtpCode, recipients }: Refusal): OfMessage {
  return {
    kind: 'deferred',
    error,
    ...(smtpCode !== undefined && { smtpCode }),
    // A recipient refused for good stays refused.
    ...(recipients && { recipients }),
  };
}
