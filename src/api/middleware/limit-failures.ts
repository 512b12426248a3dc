// Slows down guessing of tokens: an address that sent too many wrong tokens is blocked for a minute.
import type { MiddlewareHandler } from 'hono';
import { Fault } from '../../errors.js';
import { hashToken } from '../../secrets.js';
import type { Needs } from '../context.js';
import { type ApiEnv, tokenIn } from './authenticate.js';
import { callerAddress } from './caller-address.js';

const windowMs = 60_000;

/** The most addresses, and the most tokens, that are remembered. The oldest are forgotten first. */
const mostRemembered = 10_000;

/**
 * Counts calls with a wrong token. Calls without a token are not counted, because they guess nothing. A token that was
 * valid from a blocked address before is still checked, so that one application with an old token does not stop the
 * others behind the same address.
 */
export function limitFailures(ctx: Needs<'clock' | 'config'>): MiddlewareHandler<ApiEnv> {
  const failures = new Map<string, { count: number; until: number }>();
  const known = new Map<string, true>();
  return async (c, next) => {
    const { maxFailedTokens, trustProxy } = ctx.config;
    const token = tokenIn(c);
    if (token === undefined || maxFailedTokens === 0) return next();
    const address = callerAddress(c, trustProxy);
    const user = `${address} ${hashToken(token)}`;
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
    await next();
    if (c.get('caller') !== undefined) return remember(known, user, true);
    // A call that failed for another reason, such as a database that is away, is not counted.
    if (c.res.status !== 401) return;
    known.delete(user);
    const latest = failures.get(address);
    if (latest !== undefined && now < latest.until) latest.count += 1;
    else remember(failures, address, { count: 1, until: now + windowMs });
  };
}

function remember<T>(memory: Map<string, T>, key: string, value: T): void {
  memory.delete(key);
  memory.set(key, value);
  const [oldest] = memory.keys();
  if (memory.size > mostRemembered && oldest !== undefined) memory.delete(oldest);
}
