// The tenant that a call is about, of a route that tells an admin who names none of all tenants.
import type { Context as HttpContext } from 'hono';
import { lineOfText } from '../../../accept/identifier.js';
import { Fault } from '../../../errors.js';
import { type ApiEnv, tenantOf } from '../../middleware/authenticate.js';

export const tenantOrAllParameter = lineOfText(255)
  .optional()
  .describe("Whose. A tenant's token means its own; the admin may leave it out and is shown all.");

/** @returns undefined: all, for the admin alone. @throws Fault for a tenant that is not there, or not the caller's */
export async function tenantOrAll(
  c: HttpContext<ApiEnv>,
  named: string | undefined,
): Promise<string | undefined> {
  const caller = c.get('caller');
  if (caller.kind === 'tenant') return tenantOf(caller, 'query', named);
  if (named !== undefined && !(await c.get('isTenant')(named)))
    throw new Fault('not_found', 'tenant not found');
  return named;
}
