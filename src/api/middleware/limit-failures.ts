// Slows down guessing of tokens: an address that sent too many wrong tokens is blocked for a minute.
import type { Context as HttpContext, MiddlewareHandler } from 'hono';
import { Fault } from '../../errors.js';
import { hashToken } from '../../secrets.js';
import type { Needs } from '../context.js';
import { type ApiEnv, tokenIn } from './authenticate.js';
import { callerAddress } from './caller-address.js';

const windowMs = 60_000;

/** The most addresses, and the most tokens, that are remembered. The oldest are forgotten first. */
const mostRemembered = 10_000;

/** Counts wrong guesses by address. The API and the login to the pages share one. */
export interface FailureLimit {
  /**
   * Call this before a guess is checked.
   * @param hash of what the caller sent
   * @returns tells how the check ended
   * @throws Fault `too_many_requests`, with `Retry-After` set
   */
  admit(c: HttpContext<ApiEnv>, hash: string): (isRight: boolean) => void;
}

/**
 * What was right from a blocked address before is still checked, so that one application with an old token does not stop
 * the others behind the same address.
 */
export function openFailureLimit(ctx: Needs<'clock' | 'config'>): FailureLimit {
  const failures = new Map<string, { count: number; until: number }>();
  const known = new Map<string, true>();
  return {
    admit(c, hash) {
      const { maxFailedTokens, trustProxy } = ctx.config;
      if (maxFailedTokens === 0) return () => undefined;
      const address = callerAddress(c, trustProxy);
      const user = `${address} ${hash}`;
      const now = ctx.clock.now();
      const failed = failures.get(address);
      const isOver = failed !== undefined && failed.count >= maxFailedTokens && now < failed.until;
      if (isOver && !known.has(user)) {
        c.header('Retry-After', String(Math.ceil((failed.until - now) / 1000)));
        throw new Fault(
          'too_many_requests',
          'Too many calls with a wrong token came from this address; try again later',
        );
      }
      return (isRight) => {
        if (isRight) return remember(known, user, true);
        known.delete(user);
        const latest = failures.get(address);
        if (latest !== undefined && now < latest.until) latest.count += 1;
        else remember(failures, address, { count: 1, until: now + windowMs });
      };
    },
  };
}

/** Counts calls with a wrong token. Calls without a token are not counted, because they guess nothing. */
export function limitFailures(limit: FailureLimit): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const token = tokenIn(c);
    if (token === undefined) return next();
    const tell = limit.admit(c, hashToken(token));
    await next();
    if (c.get('caller') !== undefined) tell(true);
    // A call that failed for another reason, such as a database that is away, is not counted.
    else if (c.res.status === 401) tell(false);
  };
}

function remember<T>(memory: Map<string, T>, key: string, value: T): void {
  memory.delete(key);
  memory.set(key, value);
  const [oldest] = memory.keys();
  if (memory.size > mostRemembered && oldest !== undefined) memory.delete(oldest);
}
