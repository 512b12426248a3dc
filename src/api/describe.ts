// Puts a route into the OpenAPI document, with what all routes have in common.
import { type OpenAPIHono, z } from '@hono/zod-openapi';
import type { ApiEnv } from './authenticate.js';

export const ok = z.object({ ok: z.literal(true) });

const sentence = z.object({ detail: z.string() }).openapi('Error');
const misfit = z
  .object({
    detail: z.array(
      z.object({ loc: z.array(z.union([z.string(), z.number()])), msg: z.string(), type: z.string() }),
    ),
  })
  .openapi('Misfit');

interface Description {
  method: 'get' | 'post' | 'put' | 'delete';
  /** In OpenAPI's form: `/messages/{id}`. */
  path: string;
  summary: string;
  /** Who may call it besides the admin; by default whoever has a token. */
  reach?: 'everyone' | 'admin';
  body?: z.ZodType;
  query?: z.ZodObject;
  answer: z.ZodType;
}

export function describe(app: OpenAPIHono<ApiEnv>, route: Description): void {
  const open = route.reach === 'everyone';
  const json = (schema: z.ZodType) => ({ 'application/json': { schema } });
  app.openAPIRegistry.registerPath({
    method: route.method,
    path: route.path,
    summary: route.summary,
    security: open ? [] : [{ token: [] }, { bearer: [] }],
    request: {
      ...(route.body && { body: { required: true, content: json(route.body) } }),
      ...(route.query && { query: route.query }),
    },
    responses: {
      200: { description: 'Done', content: json(route.answer) },
      ...(!open && { 401: { description: 'No token, or not this one', content: json(sentence) } }),
      ...(route.reach === 'admin' && {
        403: { description: 'Not with a tenant token', content: json(sentence) },
      }),
      ...(route.body && { 413: { description: 'The body is too large', content: json(sentence) } }),
      ...((route.body ?? route.query) && { 422: { description: 'Does not fit', content: json(misfit) } }),
    },
  });
}
