// Shows the queues in Bull Board, to admins alone, and read-only: what it changes would get round the database.
import type { Hono, Context as HttpContext } from 'hono';
import type { ApiContext } from '../../api/context.js';
import { type ApiEnv, requireAdmin } from '../../api/middleware/authenticate.js';
import { Fault } from '../../errors.js';
import type { openBullBoard } from './open-bull-board.js';
import { queuesPath } from './queues-path.js';

/**
 * Bull Board's page sets styles inline. Its scripts are files, and it may ask no other host: the fonts that its page
 * names stay away.
 */
const boardPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; " +
  "font-src 'self'; form-action 'none'; base-uri 'self'; frame-ancestors 'none'";

export function addQueuesRoute(app: Hono<ApiEnv>, ctx: ApiContext): void {
  // Loaded at the first visit, because most processes are never asked for it.
  let board: ReturnType<typeof openBullBoard> | undefined;
  const show = async (c: HttpContext<ApiEnv>) => {
    requireAdmin(c.get('caller'));
    if (c.req.method !== 'GET')
      throw new Fault('forbidden', 'The queues are read-only here; /docs has the commands that change them');
    board ??= import('./open-bull-board.js').then(({ openBullBoard }) => openBullBoard(ctx, queuesPath));
    const response = await (await board).answer(c.req.raw, c.env);
    const headers = new Headers(response.headers);
    headers.set('Content-Security-Policy', boardPolicy);
    return new Response(response.body, { status: response.status, headers });
  };
  app.all(queuesPath, show);
  app.all(`${queuesPath}/*`, show);
}
