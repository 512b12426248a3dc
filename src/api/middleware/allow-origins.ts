// Lets pages of the configured origins call the API from a browser (the Fetch standard's CORS), and no others.
import type { MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';
import type { ApiEnv } from './authenticate.js';

/** How long a browser need not ask again. */
const maxAgeSeconds = 600;

/** Stands before authentication: a browser asks without a token whether it may send one. */
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
    // What stands in a cache must not be given to another origin.
    c.header('Vary', 'Origin');
    await next();
  };
}
