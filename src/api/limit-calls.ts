// Bounds how many calls of one tenant this process handles at once. The admin is never refused.
import type { MiddlewareHandler } from 'hono';
import { overQuota } from '../domain/quota.js';
import { Fault } from '../errors.js';
import { concurrencyQuotas, inFlightByTenant } from '../store/tenants/concurrency-quotas.js';
import type { Needs } from './context.js';
import type { ApiEnv } from './middleware/authenticate.js';
import { retryAfterSeconds } from './retry-after.js';

/** Comes after authentication, and before a body is received. */
export function limitCalls(ctx: Needs<'db' | 'config' | 'clock' | 'log'>): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const caller = c.get('caller');
    if (caller.kind === 'admin') return next();
    const { tenantId } = caller;
    const { calls } = inFlightByTenant(ctx);
    const { max_concurrent_calls: limit } = concurrencyQuotas(ctx, tenantId);
    if (limit > 0 && calls.count(tenantId) >= limit) {
      c.header('Retry-After', retryAfterSeconds.callsAtOnce);
      throw new Fault('too_many_requests', overQuota('max_concurrent_calls', limit));
    }
    const end = calls.begin(tenantId);
    try {
      await next();
    } finally {
      end();
    }
  };
}
