// What becomes of a job whose message may not be sent now: it waits at the head of its queue, which rests meanwhile.

import { untilChanged } from '../store/accounts/breaker.js';
import type { Blockers, FullWindow } from '../store/messages/blockers.js';
import type { Claim } from '../store/messages/claim.js';
import { rejectUnsent } from '../store/messages/mark-waiting.js';
import type { DeliverNeeds, Delivery } from './delivery.js';

/** How long a queue rests when sends that are under way fill a window: they will have ended, or be asked for again. */
const busyMs = 500;

/** How soon a message is looked at again that was refused for a reason that is gone already. */
const soonMs = 50;

/** What a message that has no room within its account's limits ends with, where that is what the account asks for. */
const exceeded = 'rate_limit_exceeded';

const periods: Record<FullWindow['name'], string> = {
  minute: 'a minute',
  hour: 'an hour',
  day: 'a day',
  tenant_hour: 'an hour of the tenant',
  tenant_day: 'a day of the tenant',
};

export async function onBlocked(ctx: DeliverNeeds, claim: Claim, by: Blockers): Promise<Delivery> {
  const now = ctx.clock.now();
  if (by.suspended === 'batch') return leaveQueue(ctx, claim, now);
  if (by.suspended !== undefined) return { kind: 'pause', until: undefined, putBack: true };
  // Whoever makes it due queues it again.
  if (by.dueAt > now) return { kind: 'done' };
  if (by.rest !== undefined) return waitForAccount(ctx, claim, by.rest, now);
  const full = by.full.sort((a, b) => opening(b) - opening(a))[0];
  if (full === undefined) return { kind: 'pause', until: now + soonMs, putBack: true };
  return by.limitBehavior === 'reject' && !full.name.startsWith('tenant')
    ? reject(ctx, claim, full)
    : waitForWindow(ctx, claim, full, now);
}

/** What belongs to other batches goes past it; whoever activates its batch queues it again. */
async function leaveQueue(ctx: DeliverNeeds, { pk, revision }: Claim, now: number): Promise<Delivery> {
  const isParked = await ctx.batched.park({ pk, revision });
  return isParked ? { kind: 'done' } : { kind: 'pause', until: now + soonMs, putBack: true };
}

function opening({ opensInMs }: FullWindow): number {
  return opensInMs ?? busyMs;
}

async function waitForAccount(
  ctx: DeliverNeeds,
  claim: Claim,
  rest: NonNullable<Blockers['rest']>,
  now: number,
): Promise<Delivery> {
  const until = rest.until === untilChanged ? now + 3_600_000 : rest.until;
  const metadata = { account_rests: true, ...(rest.smtpCode !== undefined && { smtp_code: rest.smtpCode }) };
  await note(ctx, claim, until, `the account rests: ${rest.reason}`, metadata);
  return { kind: 'pause', until: rest.until, putBack: true };
}

async function waitForWindow(
  ctx: DeliverNeeds,
  claim: Claim,
  full: FullWindow,
  now: number,
): Promise<Delivery> {
  const until = now + opening(full);
  // While sends under way fill it, nobody knows yet whether the message has to wait.
  if (full.opensInMs !== undefined) {
    const metadata = { rate_limit: { window: full.name, limit: full.limit } };
    const reason = `rate limit of ${full.limit} ${periods[full.name]} reached`;
    if (await note(ctx, claim, until, reason, metadata)) ctx.metrics.rateLimited(claim);
  }
  return { kind: 'pause', until, putBack: true };
}

/** @returns whether it was the first note of its kind on the message */
async function note(
  ctx: DeliverNeeds,
  claim: Claim,
  until: number,
  reason: string,
  metadata: Record<string, unknown>,
): Promise<boolean> {
  const { pk, revision } = claim;
  const isNew = await ctx.batched.markWaiting({ pk, revision, until, reason, metadata });
  if (isNew) ctx.enqueueReport(claim.tenantId);
  return isNew;
}

async function reject(ctx: DeliverNeeds, claim: Claim, full: FullWindow): Promise<Delivery> {
  const { pk, revision } = claim;
  const metadata = { rate_limit: { window: full.name, limit: full.limit } };
  const [status] = await rejectUnsent(ctx, [{ pk, revision, error: exceeded, metadata }]);
  if (status !== undefined) {
    ctx.metrics.rateLimited(claim);
    ctx.metrics.attemptEnded(claim, { status, at: ctx.clock.now() }, claim);
    ctx.enqueueReport(claim.tenantId);
  }
  return { kind: 'done' };
}
