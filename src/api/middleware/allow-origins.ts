// Lets pages of the configured origins, and no other pages, call the API from a browser (CORS of the Fetch standard).
import type { MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';
import type { ApiEnv } from './authenticate.js';

/** How long a browser may remember the answer to a preflight request. */
const maxAgeSeconds = 600;

/** Comes before authentication, because a browser's preflight request carries no token. */
export function allowOrigins(origins: readonly string[]): MiddlewareHandler<ApiEnv> {
  const allow = cors({
    origin: [...origins],
    allowMethods: ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'],
    allowHeaders: ['Authorization', 'Content-Type', 'Idempotency-Key', 'X-API-Token', 'X-Request-Id'],
    exposeHeaders: ['Idempotency-Replayed', 'Retry-After', 'X-Request-Id'],
    maxAge: maxAgeSeconds,
  });
  return async (c, next) => {
    const asks = c.req.method !== 'OPTIONS' || c.req.header('access-control-request-method') !== undefined;
    if (asks && origins.includes(c.req.header('origin') ?? '')) return allow(c, next);
    // A cache must not give the answer for one origin to another.
    c.header('Vary', 'Origin');
    await next();
  };
}
