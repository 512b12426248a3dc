// The tenant of routes that name it in the query.
import { z } from '@hono/zod-openapi';
import { lineOfText } from '../../accept/identifier.js';

/**
 * Optional for the schema, because a tenant's token stands for its tenant. Whether the admin has named a tenant is
 * checked when the call is read.
 */
export const tenantParameter = lineOfText(255)
  .optional()
  .describe(
    "Whose. Required with the admin token; with a tenant's token it may be left out and means its own.",
  )
  .openapi({ param: { example: 'shop' } });

export const tenantQuery = z.object({ tenant_id: tenantParameter });
