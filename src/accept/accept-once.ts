// Accepts a call with an idempotency key: its messages are stored once, and a repeated call gets the first answer.
import { Fault } from '../errors.js';
import { findRememberedCall } from '../store/messages/idempotency-keys.js';
import { type AcceptNeeds, acceptMessages, type CallKey, type SubmittedCall } from './accept-messages.js';
import { type Acceptance, toAcceptance } from './acceptance.js';

interface AcceptedOnce {
  acceptance: Acceptance;
  /** Whether the answer is that of an earlier call. */
  replayed: boolean;
}

/** How long a call waits for another one with the same key. */
const longestWaitMs = 10_000;
/** How often a call asks whether another process has finished the other one. */
const pollMs = 50;

/**
 * @returns the function that accepts such calls in this process
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
      const attempt = acceptOrReplay(ctx, call, key);
      // A call that waits for this one reads from the database how it ended, so a rejection is not its concern.
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
      await ctx.clock.sleep(pollMs);
    }
    throw new Fault('busy', 'Another call with this Idempotency-Key is still under way');
  };
}

/**
 * The database decides which of two processes has the key: `acceptMessages` returns undefined to the other process.
 * @returns undefined when the caller has to wait and ask again
 */
async function acceptOrReplay(
  ctx: AcceptNeeds,
  call: SubmittedCall,
  { key, bodyHash }: CallKey,
): Promise<AcceptedOnce | undefined> {
  const remembered = await findRememberedCall(ctx, { caller: call.tenantId, key });
  if (remembered === undefined) {
    const acceptance = await acceptMessages(ctx, call, { key, bodyHash });
    return acceptance && { acceptance, replayed: false };
  }
  if (remembered.bodyHash === bodyHash) return { acceptance: toAcceptance(remembered), replayed: true };
  throw new Fault('conflict', 'This Idempotency-Key was used with another body');
}
