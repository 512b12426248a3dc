// One attempt at one message: claim it, build the mail, hand it over, judge the reply, record what became of it.

import { priorities, type StoredMessage } from '../domain/message.js';
import type { Owner } from '../domain/owner.js';
import { reasonOf } from '../errors.js';
import type { SendJob } from '../queue/jobs.js';
import { sendQueueName } from '../queue/queues.js';
import { openBreaker, resetBreaker } from '../store/accounts/breaker.js';
import type { SendingAccount } from '../store/accounts/sending-accounts.js';
import { isUnavailable } from '../store/db/unavailable.js';
import type { ClaimAnswer } from '../store/messages/batched.js';
import type { Claim, ClaimedMessage } from '../store/messages/claim.js';
import { type AttemptResult, findEnd } from '../store/messages/transitions.js';
import { type Attempt, toResult } from './attempt-result.js';
import type { DeliverNeeds, Delivery } from './delivery.js';
import { judgeAcceptance, judgeFailure, type Outcome } from './judge/outcome.js';
import { buildMime, envelopeOf } from './mime/build.js';
import { onBlocked } from './on-blocked.js';

/** Runs the attempt a job of this account asks for. A job that comes twice, or too late, finds nothing to claim. */
export async function deliver(ctx: DeliverNeeds, owner: Owner, job: SendJob): Promise<Delivery> {
  const begun = await begin(ctx, { ...job, ...owner });
  if (begun.kind !== 'claimed') return begun;
  const { message } = begun;
  const account = await findAccount(ctx, owner, message);
  const { recipients, outcome } = await attempt(ctx, owner, account, message);
  const made: Attempt = { owner, account, message, recipients };
  const { result, openUntil } = toResult(ctx, made, outcome);
  if (openUntil !== undefined && outcome.kind === 'account_refused') {
    await rest(ctx, made, outcome, openUntil);
  }
  const ours = await record(ctx, result);
  if (outcome.kind === 'sent' && message.failuresSoFar !== undefined) {
    await wake(ctx, owner, message.failuresSoFar);
  }
  if (ctx.config.logDeliveryActivity) {
    const { kind } = outcome;
    ctx.log.info({ tenant: owner.tenantId, id: message.id, attempt: message.attempts, kind }, 'attempt');
  }
  if (!ours && !(await isRecorded(ctx, message))) return { kind: 'done' };
  ctx.metrics.attemptEnded(owner, result, message);
  ctx.enqueueReport(owner.tenantId);
  if (openUntil !== undefined) {
    return { kind: 'pause', until: openUntil, putBack: result.status === 'deferred' };
  }
  if (result.dueAt !== undefined) {
    const { pk, revision, priority, attempts } = message;
    // Not waited for: a Redis that goes away just now would hold this turn; the sweep finds what is not queued.
    ctx.enqueueSend([{ pk, revision, priority, attempts, dueAt: result.dueAt, ...owner }]);
  }
  return { kind: 'done' };
}

/** Nothing has left yet, so unlike all that comes after it this need not be tried until the database takes it. */
async function begin(
  ctx: DeliverNeeds,
  claim: Claim,
): Promise<Extract<ClaimAnswer, { kind: 'claimed' }> | Delivery> {
  try {
    const answer = await ctx.batched.claimMessage(claim);
    if (answer.kind === 'nothing') return { kind: 'done' };
    return answer.kind === 'blocked' ? await onBlocked(ctx, claim, answer.by) : answer;
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    return { kind: 'database_unavailable', reason: reasonOf(error) };
  }
}

/** A fault here is the database's, not the message's: it is asked again until it answers. */
async function findAccount(
  ctx: DeliverNeeds,
  owner: Owner,
  message: ClaimedMessage,
): Promise<SendingAccount | undefined> {
  return persist(ctx, () => ctx.batched.findAccount(owner, message.accountRevision));
}

async function attempt(
  ctx: DeliverNeeds,
  owner: Owner,
  account: SendingAccount | undefined,
  message: ClaimedMessage,
): Promise<{ recipients: string[]; outcome: Outcome }> {
  let recipients: string[] = [];
  try {
    await ctx.buildBudget(
      message.payload.length + charactersOfAny,
      message.priority === priorities.immediate,
    );
    const stored = JSON.parse(message.payload) as StoredMessage;
    // First, so that whatever fails tells of them.
    recipients = stillWanted(envelopeOf(stored.head).to, message);
    if (account === undefined) {
      const error = `The account ${owner.accountId ?? 'of the instance'} no longer exists`;
      return { recipients, outcome: { kind: 'failed', error } };
    }
    const mail = await buildMime(message, stored);
    const envelope = { ...mail.envelope, to: recipients };
    const beforeBody = account.onInDoubt === 'hold' ? () => journal(ctx, message) : undefined;
    const accepted = await ctx.metrics.smtp(() =>
      ctx.transport.send(sendQueueName(owner), account, envelope, mail.raw, beforeBody),
    );
    return { recipients, outcome: judgeAcceptance(accepted) };
  } catch (error) {
    return { recipients, outcome: judgeFailure(error) };
  }
}

/** To build and hand over as many takes some 3 ms. */
export const charactersPerTurn = 128 * 1024;
/** What building a mail costs beside its characters, in such. */
const charactersOfAny = 4 * 1024;

/** Those for whom the message is still to be tried: the others have it, or were refused for good. */
function stillWanted(addresses: string[], { recipients }: ClaimedMessage): string[] {
  if (recipients === undefined) return addresses;
  const over = new Set(
    recipients.filter(({ status }) => status !== 'deferred').map(({ address }) => address),
  );
  return addresses.filter((address) => !over.has(address));
}

/** Throws when the attempt is no longer this process's: then the body stays here. */
async function journal(ctx: DeliverNeeds, { pk, attempts }: ClaimedMessage): Promise<void> {
  if (await ctx.batched.markHandedOver({ pk, attempt: attempts })) return;
  throw new Error("the attempt is no longer this process's");
}

/** Whether the result stands there after all; if not, tells why, for what the attempt has sent has left all the same. */
async function isRecorded(ctx: DeliverNeeds, message: ClaimedMessage): Promise<boolean> {
  const names = { tenant: message.tenantId, id: message.id };
  const end = await persist(ctx, () => findEnd(ctx, message));
  if (end === 'deleted') ctx.log.info(names, 'the message was deleted during the attempt');
  else if (end === 'replaced') ctx.log.warn(names, 'the message was replaced during the attempt');
  else if (end === 'given back')
    ctx.log.warn(
      names,
      'during the attempt the message was given back, because this process was taken for dead',
    );
  return end === 'recorded';
}

async function rest(
  ctx: DeliverNeeds,
  { owner, account, message }: Attempt,
  { error, smtpCode }: Extract<Outcome, { kind: 'account_refused' }>,
  until: number,
): Promise<void> {
  if (account === undefined) return;
  const failures = (message.failuresSoFar ?? 0) + 1;
  const { version: revision } = account;
  await persist(ctx, () => openBreaker(ctx, { owner, revision, until, reason: error, smtpCode, failures }));
  ctx.log.warn(
    { tenant: owner.tenantId, account: owner.accountId, until, reason: error },
    'an account rests',
  );
}

async function wake(ctx: DeliverNeeds, owner: Owner, failuresSoFar: number): Promise<void> {
  try {
    await resetBreaker(ctx, owner, failuresSoFar);
  } catch (error) {
    ctx.log.debug({ reason: reasonOf(error) }, 'the next success ends the rest');
  }
}

/** The mail may have left: its result is kept until the database takes it, for as long as this process lives. */
async function record(ctx: DeliverNeeds, result: AttemptResult): Promise<boolean> {
  return persist(ctx, () => ctx.batched.recordResult(result));
}

async function persist<T>(ctx: DeliverNeeds, work: () => Promise<T>): Promise<T> {
  for (let n = 1; ; n++) {
    try {
      return await work();
    } catch (error) {
      ctx.log.error({ reason: reasonOf(error) }, 'the database did not take it; trying again');
      await ctx.clock.sleep(Math.min(100 * 2 ** n, 5000));
    }
  }
}
