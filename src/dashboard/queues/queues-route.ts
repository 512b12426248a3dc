// Shows the queues in Bull Board, to admins alone. What its buttons do goes through the commands of the API.
import type { Hono, Context as HttpContext } from 'hono';
import type { ApiContext } from '../../api/context.js';
import { type ApiEnv, requireAdmin } from '../../api/middleware/authenticate.js';
import type { PageParts } from '../page-parts.js';
import { actOnQueue } from './act-on-queue.js';
import type { openBullBoard } from './open-bull-board.js';
import { queuesPath } from './queues-path.js';

/**
 * Bull Board's page sets styles inline. Its scripts are files, and it may ask no other host: the fonts that its page
 * names stay away.
 */
const boardPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; " +
  "font-src 'self'; form-action 'none'; base-uri 'self'; frame-ancestors 'none'";

export function addQueuesRoute(app: Hono<ApiEnv>, ctx: ApiContext, { callApi }: PageParts): void {
  // Loaded at the first visit, because most processes are never asked for it.
  let board: ReturnType<typeof openBullBoard> | undefined;
  const show = async (c: HttpContext<ApiEnv>) => {
    requireAdmin(c.get('caller'));
    if (c.req.method !== 'GET') {
      const { pathname } = new URL(c.req.url);
      const { status, body } = await actOnQueue(c, ctx, callApi, pathname.slice(`${queuesPath}/api`.length));
      return c.json(body, status as 200);
    }
    board ??= import('./open-bull-board.js').then(({ openBullBoard }) => openBullBoard(ctx, queuesPath));
    const response = await (await board).answer(c.req.raw, c.env);
    const headers = new Headers(response.headers);
    headers.set('Content-Security-Policy', boardPolicy);
    return new Response(response.body, { status: response.status, headers });
  };
  app.all(queuesPath, show);
  app.all(`${queuesPath}/*`, show);
}
