// Takes in a call that may come again: it is done once, and every further time its answer is the first one.
import { Fault } from '../errors.js';
import { findRememberedCall } from '../store/messages/idempotency.js';
import {
  type Acceptance,
  type AcceptNeeds,
  acceptMessages,
  type CallKey,
  type SubmittedCall,
  toAcceptance,
} from './accept-messages.js';

export interface AcceptedOnce {
  acceptance: Acceptance;
  /** Whether it was done by an earlier call. */
  replayed: boolean;
}

/** How long a call waits for another with the same key. */
const longestWaitMs = 10_000;
/** How often it looks whether another process is done. */
const lookMs = 50;

/**
 * @returns what takes in such calls of this process
 * @throws Fault `conflict` when the key was used with another body, `busy` when another call with it takes too long
 */
export function openAcceptOnce(
  ctx: AcceptNeeds,
): (call: SubmittedCall, key: CallKey) => Promise<AcceptedOnce> {
  const inFlight = new Map<string, Promise<unknown>>();
  return async (call, key) => {
    const name = `${call.tenantId ?? ''}\n${key.key}`;
    const until = ctx.clock.now() + longestWaitMs;
    while (ctx.clock.now() < until) {
      const other = inFlight.get(name);
      if (other !== undefined) {
        await Promise.race([other, ctx.clock.sleep(until - ctx.clock.now())]);
        continue;
      }
      const attempt = acceptOrFind(ctx, call, key);
      // Whoever waits for it looks itself how it ended.
      inFlight.set(
        name,
        attempt.catch(() => undefined),
      );
      try {
        const done = await attempt;
        if (done !== undefined) return done;
      } finally {
        inFlight.delete(name);
      }
      await ctx.clock.sleep(lookMs);
    }
    throw new Fault('busy', 'Another call with this Idempotency-Key is still under way');
  };
}

async function acceptOrFind(
  ctx: AcceptNeeds,
  call: SubmittedCall,
  { key, bodyHash }: CallKey,
): Promise<AcceptedOnce | undefined> {
  const kept = await findRememberedCall(ctx, { caller: call.tenantId, key });
  if (kept === undefined) {
    const acceptance = await acceptMessages(ctx, call, { key, bodyHash });
    return acceptance && { acceptance, replayed: false };
  }
  if (kept.bodyHash === bodyHash) return { acceptance: toAcceptance(kept), replayed: true };
  throw new Fault('conflict', 'This Idempotency-Key was used with another body');
}
