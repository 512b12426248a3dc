// Answers calls without a route: 404, or 405 with the methods that the path allows (RFC 9110 section 15.5.6).
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';
import type { ApiEnv } from './authenticate.js';

/** The page needs no token. */
export const noSuchPath = 'There is no such path; /docs shows all of them';

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** Comes before authentication. Which routes exist is no secret, because the OpenAPI document is public. */
export function answerUnrouted(app: OpenAPIHono<ApiEnv>): MiddlewareHandler<ApiEnv> {
  const takes = (method: string, path: string) =>
    app.router.match(method, path)[0].some(([[, route]]) => isRoute(route));
  return async (c, next) => {
    if (matchedRoutes(c).some(isRoute)) return next();
    const allowed = methods.filter((method) => takes(method, c.req.path));
    if (allowed.length === 0) return c.json({ detail: noSuchPath }, 404);
    c.header(
      'Allow',
      allowed.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])).join(', '),
    );
    return c.json({ detail: 'Method Not Allowed' }, 405);
  };
}

/** Middleware is registered for all methods, a route for one. */
function isRoute({ method }: { method: string }): boolean {
  return method !== 'ALL';
}
