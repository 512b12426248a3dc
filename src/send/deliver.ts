// One attempt at one message: claim it, hand it to the account's server, record the result.

import type { Owner } from '../domain/owner.js';
import { reasonOf } from '../errors.js';
import type { SendJob } from '../queue/jobs.js';
import { isUnavailable } from '../store/db/unavailable.js';
import { type Claim, type ClaimAnswer, claimBatched } from '../store/messages/claim.js';
import { statusAfter } from '../store/messages/record-results.js';
import { releaseUnsentBatched } from '../store/schedule/release-unsent.js';
import { noteRefusal, openAccountBreaker, resetAccountBreaker } from './account-breaker.js';
import { type Attempt, toResult } from './attempt-result.js';
import type { DeliverNeeds, Delivery } from './delivery.js';
import { loadAccount } from './load-account.js';
import { onBlocked } from './on-blocked.js';
import { recordResult } from './record-result.js';
import { retryWhileUnavailable } from './retry-while-unavailable.js';
import { runAttempt } from './run-attempt.js';
import { weighRefusal } from './weigh-refusal.js';

/** Runs the attempt that a job of this account asks for. A job that comes twice, or too late, finds nothing to claim. */
export async function deliver(ctx: DeliverNeeds, owner: Owner, job: SendJob): Promise<Delivery> {
  const begun = await begin(ctx, { ...job, ...owner });
  if (begun.kind !== 'claimed') return begun;
  const { message } = begun;
  const loaded = await loadAccount(ctx, owner, message);
  const { recipients, outcome: met, ...details } = await runAttempt(ctx, owner, loaded, message);
  if (met.kind === 'no_room') {
    await retryWhileUnavailable(ctx, () => releaseUnsentBatched(ctx, message));
    return { kind: 'no_room' };
  }
  const attempt: Attempt = { owner, account: loaded.account, message, recipients, ...details };
  const { outcome, isNoted } = await weighRefusal(ctx, attempt, met);
  const { result, openUntil } = toResult(ctx, attempt, outcome);
  if (openUntil !== undefined && outcome.kind === 'account_refused') {
    await openAccountBreaker(ctx, attempt, outcome, openUntil);
  }
  if (isNoted && outcome.kind === 'deferred') await noteRefusal(ctx, attempt, outcome);
  const isRecorded = await recordResult(ctx, message, result);
  if (outcome.kind === 'sent' && message.failuresSoFar !== undefined) {
    await resetAccountBreaker(ctx, owner, message.failuresSoFar);
  }
  if (ctx.config.logDeliveryActivity) {
    const { id, attempts } = message;
    const facts = {
      event: 'attempt.ended',
      tenant: owner.tenantId,
      id,
      attempt: attempts,
      kind: outcome.kind,
    };
    ctx.log.info(facts, `Attempt ${attempts} at message "${id}" ended: ${outcome.kind}`);
  }
  if (!isRecorded) return { kind: 'done' };
  if (details.suppressed?.length) ctx.metrics.suppressed(owner, details.suppressed.length);
  ctx.metrics.attemptEnded(owner, { status: statusAfter(result), at: result.at }, message);
  ctx.enqueueReport(owner.tenantId);
  const dueAt = 'dueAt' in result ? result.dueAt : undefined;
  if (dueAt !== undefined) {
    const { pk, revision, priority, attempts } = message;
    // Not awaited, because a Redis that hangs would hold the send slot. The sweep queues messages that are missing.
    ctx.enqueueSend([{ pk, revision, priority, attempts, dueAt, ...owner }]);
  }
  if (openUntil !== undefined) {
    const putBack = result.kind === 'account_refused' && dueAt === undefined;
    return { kind: 'pause', until: openUntil, putBack };
  }
  return { kind: 'done' };
}

/** Nothing has left before the claim, so the job can wait for the database in its queue and needs no send slot. */
async function begin(
  ctx: DeliverNeeds,
  claim: Claim,
): Promise<Extract<ClaimAnswer, { kind: 'claimed' }> | Delivery> {
  try {
    const answer = await claimBatched(ctx, claim);
    if (answer.kind === 'nothing') return { kind: 'done' };
    return answer.kind === 'blocked' ? await onBlocked(ctx, claim, answer.by) : answer;
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    return { kind: 'database_unavailable', reason: reasonOf(error) };
  }
}
