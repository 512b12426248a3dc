// Whether the subjects and contents of mails are kept from whoever is logged in.
import type { Context as HttpContext } from 'hono';
import type { Needs } from '../../api/context.js';
import type { ApiEnv } from '../../api/middleware/authenticate.js';

export function isHiddenFrom(c: HttpContext<ApiEnv>, { config }: Needs<'config'>): boolean {
  return c.get('caller').kind === 'admin' && !config.dashboardContent;
}
