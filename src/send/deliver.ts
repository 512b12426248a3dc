// One attempt at one message: claim it, build the mail, hand it over, judge the reply, record what became of it.
import type { Needs } from '../context.js';
import { enqueueSend } from '../enqueue/enqueue-send.js';
import { type QueueOwner, type SendJob, sendQueueName } from '../enqueue/queues.js';
import { reasonOf } from '../errors.js';
import type { StoredMessage } from '../message.js';
import type { ClaimedMessage } from '../store/claim-messages.js';
import type { AttemptResult } from '../store/record-results.js';
import { firstLookAt } from '../store/sweep-messages.js';
import { buildMime } from './build-mime.js';
import { judgeAcceptance, judgeFailure, type Outcome } from './outcome.js';
import { retryDelayMs } from './retry.js';

type DeliverNeeds = Needs<
  'config' | 'clock' | 'log' | 'metrics' | 'gathered' | 'transport' | 'queues' | 'redis' | 'enqueueReport'
>;

/** Runs the attempt a job of this account asks for. A job that comes twice, or too late, finds nothing to claim. */
export async function deliver(ctx: DeliverNeeds, owner: QueueOwner, job: SendJob): Promise<void> {
  const message = await ctx.gathered.claimMessage(job);
  if (message === undefined) return;
  const outcome = await attempt(ctx, owner, message);
  const result = toResult(ctx, message, outcome);
  const ours = await record(ctx, result);
  if (ctx.config.logDeliveryActivity) {
    ctx.log.info(
      { tenant: owner.tenantId, id: message.id, attempt: message.attempts, ...outcome },
      'attempt',
    );
  }
  if (!ours) {
    ctx.log.warn(
      { tenant: owner.tenantId, id: message.id },
      'another process took the message over during the attempt',
    );
    return;
  }
  ctx.metrics.attemptEnded(owner, result, message);
  ctx.enqueueReport(owner.tenantId);
  if (result.dueAt === undefined) return;
  const { pk, revision, priority, attempts } = message;
  // Not waited for: a Redis that goes away just now would hold this turn; the sweep finds what is not queued.
  void enqueueSend(ctx, [{ pk, revision, priority, attempts, dueAt: result.dueAt, ...owner }]);
}

async function attempt(ctx: DeliverNeeds, owner: QueueOwner, message: ClaimedMessage): Promise<Outcome> {
  try {
    const account = await ctx.gathered.findAccount(owner, message.accountRevision);
    if (account === undefined) {
      return {
        kind: 'failed',
        error: `The account ${owner.accountId ?? 'of the instance'} no longer exists`,
      };
    }
    const { envelope, raw } = await buildMime(message, JSON.parse(message.payload) as StoredMessage);
    return judgeAcceptance(await ctx.transport.send(sendQueueName(owner), account, envelope, raw));
  } catch (error) {
    return judgeFailure(error);
  }
}

function toResult(ctx: DeliverNeeds, message: ClaimedMessage, outcome: Outcome): AttemptResult {
  const at = ctx.clock.now();
  const base = { pk: message.pk, attempt: message.attempts, at };
  if (outcome.kind === 'sent') {
    const { smtpCode, response } = outcome;
    const refused = outcome.recipients.filter(({ status }) => status !== 'sent');
    return {
      ...base,
      status: 'sent',
      smtpCode,
      metadata: { response, ...(refused.length > 0 && { refused }) },
    };
  }
  const { error } = outcome;
  const smtpCode = 'smtpCode' in outcome ? outcome.smtpCode : undefined;
  const failed = { ...base, error, ...(smtpCode !== undefined && { smtpCode }) };
  const final = outcome.kind === 'failed' || (outcome.kind === 'rest' && outcome.burns);
  const delay = final ? undefined : retryDelayMs(ctx.config, message.retryCount + 1);
  if (delay === undefined) return { ...failed, status: 'error' };
  const dueAt = at + delay;
  return { ...failed, status: 'deferred', dueAt, checkAt: firstLookAt(ctx.config, at, dueAt) };
}

/** The mail may have left: its result is kept until the database takes it, for as long as this process lives. */
async function record(ctx: DeliverNeeds, result: AttemptResult): Promise<boolean> {
  for (let n = 1; ; n++) {
    try {
      return await ctx.gathered.recordResult(result);
    } catch (error) {
      ctx.log.error({ reason: reasonOf(error) }, 'a result could not be stored; trying again');
      await ctx.clock.sleep(Math.min(100 * 2 ** n, 5000));
    }
  }
}
