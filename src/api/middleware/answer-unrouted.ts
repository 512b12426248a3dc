// Answers calls that no route is for: 404, or 405 with the methods that the path does take (RFC 9110 section 15.5.6).
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';
import type { ApiEnv } from './authenticate.js';

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** Stands before authentication: that there is nothing to be had is no secret, the document of the API is open. */
export function answerUnrouted(app: OpenAPIHono<ApiEnv>): MiddlewareHandler<ApiEnv> {
  const takes = (method: string, path: string) =>
    app.router.match(method, path)[0].some(([[, route]]) => isRoute(route));
  return async (c, next) => {
    if (matchedRoutes(c).some(isRoute)) return next();
    const allowed = methods.filter((method) => takes(method, c.req.path));
    if (allowed.length === 0) return c.json({ detail: 'Not Found' }, 404);
    c.header(
      'Allow',
      allowed.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])).join(', '),
    );
    return c.json({ detail: 'Method Not Allowed' }, 405);
  };
}

/** Middleware is there for all methods. */
function isRoute({ method }: { method: string }): boolean {
  return method !== 'ALL';
}
