// Says why a message has not been sent yet, and when it is expected to leave.
import type { ShownStatus } from '../domain/status.js';
import type { Needs } from '../queue/context.js';
import { untilChanged } from '../store/accounts/breaker.js';
import { isAnyWorkerAlive } from '../store/instance/heartbeat.js';
import type { FullWindow } from '../store/limits/window.js';
import { countAhead, findWaiting, msBetweenSends, type WaitingMessage } from '../store/listing/position.js';
import { type Blockers, findBlockers } from '../store/messages/blockers.js';

/**
 * One thing that holds the message back. Several can hold at once, and the message leaves when the last of them has
 * ended.
 */
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
    | 'redis_down'
    | 'queued';
  description: string;
  /** When the reason ends, milliseconds since the epoch; undefined: an operator has to end it. */
  until?: number;
  window?: FullWindow['name'];
  limit?: number;
  smtpCode?: number;
}

interface Explanation {
  id: string;
  status: ShownStatus;
  /** Why the message waits, the most lasting reason first; its result if it was sent or has failed. */
  reasons: Reason[];
  /** The message's place among those of its account that are due, from 1. */
  position?: number;
  /** Milliseconds since the epoch; undefined when an operator has to act first. */
  expectedAt?: number;
}

type ExplainNeeds = Needs<'db' | 'clock' | 'config' | 'secrets' | 'sendClock' | 'redisWatch'>;

/** Bounds how often a message is read again because it was replaced meanwhile. */
const maxReads = 10;

/** @returns undefined when the tenant has no message of that id */
export async function explainMessage(
  ctx: ExplainNeeds,
  tenantId: string,
  id: string,
  readsLeft = maxReads,
): Promise<Explanation | undefined> {
  const message = await findWaiting(ctx, tenantId, id);
  if (message === undefined) return undefined;
  const { status } = message;
  if (status === 'sent' || status === 'error') return { id, status, reasons: [resultReason(message)] };
  if (status === 'sending') {
    const description = 'an attempt is under way';
    return {
      id,
      status: 'pending',
      reasons: [{ kind: 'sending', description }],
      expectedAt: ctx.clock.now(),
    };
  }
  const position = await findPosition(ctx, message);
  const [by] = await findBlockers(ctx, [{ ...message, tenantId, rank: position }]);
  if (by === undefined) {
    // The message was replaced since it was read, so the new message is read.
    if (readsLeft === 1) throw new Error(`message ${id} changes faster than it can be explained`);
    return explainMessage(ctx, tenantId, id, readsLeft - 1);
  }
  const reasons = reasonsOf(ctx, message, by);
  const redisFault = ctx.redisWatch.fault();
  if (reasons.length === 0 && redisFault !== 'does not answer')
    reasons.push(await queuedReason(ctx, message, position));
  // Without a worker nothing leaves, whatever else holds the message back, so this reason comes first.
  if (!(await isAnyWorkerAlive(ctx))) {
    reasons.unshift({ kind: 'no_worker', description: 'no process with the worker role is running' });
  }
  if (redisFault === 'does not answer') {
    const description = 'Redis does not answer (GMP_REDIS_URL); nothing is sent until it does';
    reasons.unshift({ kind: 'redis_down', description });
  }
  const ends = reasons.map(({ until }) => until).filter((until) => until !== undefined);
  // One reason without an end makes the time of leaving unknown.
  const isExpectable = ends.length === reasons.length;
  return {
    id,
    status,
    reasons,
    ...(by.dueAt <= ctx.clock.now() && { position }),
    ...(isExpectable && { expectedAt: Math.max(ctx.clock.now(), ...ends) }),
  };
}

/** A message that has ended: `until` is the time at which it was sent or failed. */
function resultReason({ status, at, error, smtpCode }: WaitingMessage): Reason {
  const code = smtpCode === undefined ? {} : { smtpCode };
  return status === 'sent'
    ? { kind: 'sent', description: 'the server of the account took it', until: at, ...code }
    : { kind: 'error', description: error ?? 'given up', until: at, ...code };
}

/**
 * Turns the blockers into sentences: those first that an operator has to end, then those that end by themselves. The
 * words "the account rests" are part of the API; in the code they mean the account's open breaker.
 */
function reasonsOf(ctx: ExplainNeeds, message: WaitingMessage, by: Blockers): Reason[] {
  const now = ctx.clock.now();
  const reasons: Reason[] = [];
  if (by.suspended !== undefined) {
    const description = {
      instance: 'all sending is suspended',
      inactive: 'the tenant is not active; the admin can set its `active`',
      tenant: 'the tenant is suspended',
      account: 'its account is suspended',
      batch: 'its batch is suspended',
      test: 'test mode (GMP_TEST_MODE) waits for POST /commands/run-now',
    }[by.suspended];
    reasons.push({ kind: 'suspended', description });
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
      message.attempts > 0 && message.error
        ? `after attempt ${message.attempts}: ${message.error}`
        : 'as handed in';
    reasons.push({ kind: 'deferred', description: `not before its time, ${why}`, until: by.dueAt });
  }
  for (const { name, limit, opensInMs } of by.full) {
    const description = `the limit of ${limit} a ${name.replace('tenant_', '')}${name.startsWith('tenant') ? ' of the tenant' : ''} is reached`;
    const until = now + (opensInMs ?? 0);
    reasons.push({ kind: 'rate_limit', description, until, window: name, limit });
  }
  return reasons;
}

/** The message waits only for those before it. It leaves after them, at the pace of the last minute. */
async function queuedReason(ctx: ExplainNeeds, message: WaitingMessage, position: number): Promise<Reason> {
  const now = ctx.clock.now();
  if (position === 1) return { kind: 'queued', description: 'it is the next of its account', until: now };
  const eachMs = (await msBetweenSends(ctx, message)) ?? 0;
  const description = `${position - 1} of its account come before it`;
  return { kind: 'queued', description, until: now + Math.round(eachMs * (position - 1)) };
}

/** As the database has it. In the queue the jobs in hand are missing, and blocked messages are in hand again and again. */
async function findPosition(ctx: ExplainNeeds, message: WaitingMessage): Promise<number> {
  return (await countAhead(ctx, message)) + 1;
}
