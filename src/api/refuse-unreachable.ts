// Refuses a base URL that a tenant may not have the service call, as far as it can be told without a look-up.
import { whyUnreachable } from '../dial/http-url.js';
import { findTenant } from '../store/tenants/tenants.js';
import type { Needs } from './context.js';
import { Misfit } from './middleware/answer-error.js';

/**
 * Names are looked up when a report leaves; an address that is written out is judged here, in whatever form. What the admin
 * has set may stay.
 * @throws Misfit
 */
export async function refuseUnreachable(
  ctx: Needs<'db' | 'config'>,
  id: string,
  url: string | null | undefined,
): Promise<void> {
  if (url === undefined || url === null) return;
  const why = whyUnreachable(ctx, new URL(url));
  if (why === undefined || (await findTenant(ctx, id))?.client_base_url === url) return;
  throw new Misfit([{ loc: ['body', 'client_base_url'], msg: why, type: 'value_error' }]);
}
