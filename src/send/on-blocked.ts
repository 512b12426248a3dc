// Decides about a job whose message may not be sent now: usually it waits at the head of its queue, which pauses.

import { untilChanged } from '../store/accounts/breaker.js';
import type { FullWindow } from '../store/limits/window.js';
import type { Blockers } from '../store/messages/blockers.js';
import type { Claim } from '../store/messages/claim.js';
import { noteWaitingBatched, rejectUnsent } from '../store/messages/mark-waiting.js';
import { parkBatched } from '../store/schedule/park-suspended.js';
import type { DeliverNeeds, Delivery } from './delivery.js';

/** The pause when sends in flight fill a window, or one tries whether the server takes mail again. Afterwards they have ended, or the queue pauses again. */
const busyMs = 500;

/** The pause when the reason has gone between the refused claim and the query for blockers. */
const retryMs = 50;

/** The time that an event names for an account whose breaker is open until it is changed: that may be any moment. */
const recheckMs = 3_600_000;

/** The error of a message over a limit whose account has `limit_behavior` reject. */
const limitExceeded = 'rate_limit_exceeded';

const periods: Record<FullWindow['name'], string> = {
  minute: 'a minute',
  hour: 'an hour',
  day: 'a day',
  tenant_hour: 'an hour of the tenant',
  tenant_day: 'a day of the tenant',
};

/** @param by what blocks the message, as a query right after the refused claim found it */
export async function onBlocked(ctx: DeliverNeeds, claim: Claim, by: Blockers): Promise<Delivery> {
  const now = ctx.clock.now();
  if (by.suspended === 'batch') return parkMessage(ctx, claim, now);
  if (by.suspended !== undefined) return { kind: 'pause', until: undefined, putBack: true };
  // The change that makes the message due queues it again.
  if (by.dueAt > now) return { kind: 'done' };
  if (by.breaker !== undefined) return waitForAccount(ctx, claim, by.breaker, now);
  const full = by.full.sort((a, b) => opening(b) - opening(a))[0];
  if (full === undefined) {
    return { kind: 'pause', until: now + (by.isHalfOpen ? busyMs : retryMs), putBack: true };
  }
  return by.limitBehavior === 'reject' && !full.name.startsWith('tenant')
    ? reject(ctx, claim, full)
    : waitForWindow(ctx, claim, full, now);
}

/** Messages of other batches must be able to pass. Activating the batch queues the message again. */
async function parkMessage(ctx: DeliverNeeds, { pk, revision }: Claim, now: number): Promise<Delivery> {
  const isParked = await parkBatched(ctx, { pk, revision });
  return isParked ? { kind: 'done' } : { kind: 'pause', until: now + retryMs, putBack: true };
}

function opening({ opensInMs }: FullWindow): number {
  return opensInMs ?? busyMs;
}

/** The wire keeps the words "the account rests" for an open breaker. */
async function waitForAccount(
  ctx: DeliverNeeds,
  claim: Claim,
  breaker: NonNullable<Blockers['breaker']>,
  now: number,
): Promise<Delivery> {
  const until = breaker.until === untilChanged ? now + recheckMs : breaker.until;
  const metadata = {
    account_rests: true,
    ...(breaker.smtpCode !== undefined && { smtp_code: breaker.smtpCode }),
  };
  await noteWaiting(ctx, claim, until, `the account rests: ${breaker.reason}`, metadata, true);
  return { kind: 'pause', until: breaker.until, putBack: true };
}

async function waitForWindow(
  ctx: DeliverNeeds,
  claim: Claim,
  full: FullWindow,
  now: number,
): Promise<Delivery> {
  const until = now + opening(full);
  // Without a time, sends in flight fill the window: the message may not have to wait, so no event is written.
  if (full.opensInMs !== undefined) {
    const metadata = { rate_limit: { window: full.name, limit: full.limit } };
    const reason = `rate limit of ${full.limit} ${periods[full.name]} reached`;
    if (await noteWaiting(ctx, claim, until, reason, metadata, false)) ctx.metrics.rateLimited(claim);
  }
  return { kind: 'pause', until, putBack: true };
}

/** Writes the event that the message waits. @returns false when the message's last event says the same */
async function noteWaiting(
  ctx: DeliverNeeds,
  claim: Claim,
  until: number,
  reason: string,
  metadata: Record<string, unknown>,
  ofBreaker: boolean,
): Promise<boolean> {
  const { pk, revision } = claim;
  const isNew = await noteWaitingBatched(ctx, { pk, revision, until, reason, metadata, ofBreaker });
  if (isNew) ctx.enqueueReport(claim.tenantId);
  return isNew;
}

/**
 * For accounts with `limit_behavior` reject. The message may have been replaced or deleted meanwhile; then nothing
 * changes.
 */
async function reject(ctx: DeliverNeeds, claim: Claim, full: FullWindow): Promise<Delivery> {
  const { pk, revision } = claim;
  const metadata = { rate_limit: { window: full.name, limit: full.limit } };
  const [status] = await rejectUnsent(ctx, [{ pk, revision, error: limitExceeded, metadata }]);
  if (status !== undefined) {
    ctx.metrics.rateLimited(claim);
    ctx.metrics.attemptEnded(claim, { status, at: ctx.clock.now() }, claim);
    ctx.enqueueReport(claim.tenantId);
  }
  return { kind: 'done' };
}
