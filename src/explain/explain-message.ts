// Says why a message has not been sent yet, and when it is expected to leave.
import type { ShownStatus } from '../domain/status.js';
import type { Needs } from '../queue/context.js';
import { jobIdOf } from '../queue/enqueue-send.js';
import { sendQueueName } from '../queue/queues.js';
import { untilChanged } from '../store/accounts/breaker.js';
import { isAnyWorkerAlive } from '../store/instance/heartbeat.js';
import type { FullWindow } from '../store/limits/window.js';
import { countAhead, findWaiting, msBetweenSends, type WaitingMessage } from '../store/listing/position.js';
import { type Blockers, findBlockers } from '../store/messages/blockers.js';

export interface Reason {
  kind:
    | 'sent'
    | 'error'
    | 'sending'
    | 'deferred'
    | 'suspended'
    | 'account_rests'
    | 'rate_limit'
    | 'no_worker'
    | 'queued';
  description: string;
  /** Unix milliseconds: when it is over; undefined: when somebody ends it. */
  until?: number;
  window?: FullWindow['name'];
  limit?: number;
  smtpCode?: number;
}

export interface Explanation {
  id: string;
  status: ShownStatus;
  /** What keeps it from being sent, the most lasting first; what became of it when it is over. */
  reasons: Reason[];
  /** Its place among those of its account that are to be sent now, from 1. */
  position?: number;
  /** Unix milliseconds; undefined when that depends on what somebody does. */
  expectedAt?: number;
}

type ExplainNeeds = Needs<'db' | 'clock' | 'config' | 'secrets' | 'sendClock' | 'queues' | 'redis'>;

/** Undefined when the tenant has no message of that id. */
export async function explainMessage(
  ctx: ExplainNeeds,
  tenantId: string,
  id: string,
): Promise<Explanation | undefined> {
  const message = await findWaiting(ctx, tenantId, id);
  if (message === undefined) return undefined;
  const { status } = message;
  if (status === 'sent' || status === 'error') return { id, status, reasons: [whenOver(message)] };
  if (status === 'sending') {
    const description = 'an attempt is under way';
    return {
      id,
      status: 'pending',
      reasons: [{ kind: 'sending', description }],
      expectedAt: ctx.clock.now(),
    };
  }
  const position = await placeInLine(ctx, message);
  const [by] = await findBlockers(ctx, [{ ...message, tenantId, rank: position }]);
  // It has just been replaced: what is asked for is another message now.
  if (by === undefined) return explainMessage(ctx, tenantId, id);
  const reasons = reasonsOf(ctx, message, by);
  if (reasons.length === 0) reasons.push(await placeOf(ctx, message, position));
  if (!(await isAnyWorkerAlive(ctx))) {
    reasons.unshift({ kind: 'no_worker', description: 'no process with the worker role is running' });
  }
  const ends = reasons.map(({ until }) => until);
  const known = ends.filter((until) => until !== undefined);
  const isOpen = known.length === ends.length;
  return {
    id,
    status,
    reasons,
    ...(by.dueAt <= ctx.clock.now() && { position }),
    ...(isOpen && { expectedAt: Math.max(ctx.clock.now(), ...known) }),
  };
}

function whenOver({ status, at, error, smtpCode }: WaitingMessage): Reason {
  const code = smtpCode === undefined ? {} : { smtpCode };
  return status === 'sent'
    ? { kind: 'sent', description: 'the server of the account took it', until: at, ...code }
    : { kind: 'error', description: error ?? 'given up', until: at, ...code };
}

function reasonsOf(ctx: ExplainNeeds, message: WaitingMessage, by: Blockers): Reason[] {
  const now = ctx.clock.now();
  const reasons: Reason[] = [];
  if (by.suspended !== undefined) {
    const what = { instance: 'all sending', tenant: 'the tenant', batch: 'its batch' }[by.suspended];
    reasons.push({ kind: 'suspended', description: `${what} is suspended` });
  }
  if (by.breaker !== undefined) {
    const { until, reason, smtpCode } = by.breaker;
    const code = smtpCode === undefined ? {} : { smtpCode };
    const lasting = until === untilChanged;
    const description = `the account rests${lasting ? ' until it is changed or verified' : ''}: ${reason}`;
    reasons.push({ kind: 'account_rests', description, ...code, ...(!lasting && { until }) });
  }
  if (by.dueAt > now) {
    const why =
      message.retryCount > 0 ? `after attempt ${message.attempts}: ${message.error}` : 'as handed in';
    reasons.push({ kind: 'deferred', description: `not before its time, ${why}`, until: by.dueAt });
  }
  for (const { name, limit, opensInMs } of by.full) {
    const description = `the limit of ${limit} a ${name.replace('tenant_', '')}${name.startsWith('tenant') ? ' of the tenant' : ''} is reached`;
    const until = now + (opensInMs ?? 0);
    reasons.push({ kind: 'rate_limit', description, until, window: name, limit });
  }
  return reasons;
}

/** Nothing but others keeps it: it leaves when those have, at the pace of the last minute. */
async function placeOf(ctx: ExplainNeeds, message: WaitingMessage, position: number): Promise<Reason> {
  const now = ctx.clock.now();
  if (position === 1) return { kind: 'queued', description: 'it is the next of its account', until: now };
  const eachMs = (await msBetweenSends(ctx, message)) ?? 0;
  const description = `${position - 1} of its account come before it`;
  return { kind: 'queued', description, until: now + Math.round(eachMs * (position - 1)) };
}

/** As the queue has it; where it is not there at the moment, as the database would put it there. */
async function placeInLine(ctx: ExplainNeeds, message: WaitingMessage): Promise<number> {
  if (ctx.redis.status === 'ready') {
    const queue = ctx.queues.send(sendQueueName(message));
    const rank = await ctx.redis.zrank(queue.toKey('prioritized'), jobIdOf(message));
    if (rank !== null) return rank + 1;
  }
  return (await countAhead(ctx, message)) + 1;
}
