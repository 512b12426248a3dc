// The tenant of routes that take it in the query and nothing else.
import { z } from '@hono/zod-openapi';
import type { Context as HttpContext } from 'hono';
import { lineOfText } from '../../accept/identifier.js';
import { type ApiEnv, tenantOf } from '../middleware/authenticate.js';
import { readQuery } from '../middleware/read-request.js';

export const tenantParameter = lineOfText(255)
  .optional()
  .describe(
    "Whose. Required with the admin token; with a tenant's token it may be left out and means its own.",
  )
  .openapi({ param: { example: 'shop' } });

export const tenantQuery = z.object({ tenant_id: tenantParameter });

/** @throws Misfit; Fault `unauthenticated` for another tenant than the token's */
export function tenantInQuery(c: HttpContext<ApiEnv>): string {
  return tenantOf(c, 'query', readQuery(c, tenantQuery).tenant_id);
}
