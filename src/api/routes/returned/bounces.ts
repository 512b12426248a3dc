// The route that lists mails that came back.
import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { lineOfText } from '../../../accept/identifier.js';
import { Fault } from '../../../errors.js';
import { listBounces } from '../../../store/bounces/list.js';
import type { Needs } from '../../context.js';
import { type ApiEnv, requireAdmin, tenantOf } from '../../middleware/authenticate.js';
import { holdAnswer } from '../../middleware/hold-answer.js';
import { queryFlag, queryLimit } from '../../middleware/read-request.js';
import { route } from '../../openapi/route.js';
import { bounce, bounceExample } from '../../schemas/bounce.js';
import { ok } from '../../schemas/ok.js';
import { nextCursor, nextPage, pageAsked } from '../../schemas/page.js';

const query = z.object({
  tenant_id: lineOfText(255)
    .optional()
    .describe("Whose. A tenant's token means its own; the admin may leave it out and is shown all."),
  unmatched: queryFlag.describe(
    'true: only those of which no message is known, for the admin alone; with `tenant_id`, from mailboxes of that tenant.',
  ),
  limit: queryLimit(1000).describe('Entries in the answer at most; absent, or more: 1000.'),
  cursor: z
    .string()
    .regex(/^\d{1,15}$/, 'is not a next_cursor of this list')
    .optional()
    .describe('`next_cursor` of the page before; the other parameters stay as they were.'),
});

export function addBounceRoutes(app: OpenAPIHono<ApiEnv>, ctx: Needs<'db' | 'memory'>): void {
  route(
    app,
    {
      method: 'get',
      path: '/bounces',
      operationId: 'listBounces',
      summary: 'Mails that came back, and what was understood of them',
      description:
        'In the order in which they were recorded. Those of a message are kept as long as the message, others for the ' +
        'retention time.',
      query,
      answer: ok.extend({
        bounces: z.array(bounce).describe('This page of the list.'),
        next_cursor: nextCursor,
      }),
      example: { answer: { ok: true, bounces: [bounceExample] } },
      refusals: { 403: '`unmatched` with the token of a tenant.', 404: 'There is no such tenant.' },
    },
    async ({ query: asked, caller }, c) => {
      const { tenant_id, unmatched, limit = 1000, cursor } = asked;
      if (unmatched === true) requireAdmin(caller);
      const tenantId = caller.kind === 'admin' ? tenant_id : tenantOf(caller, 'query', tenant_id);
      if (caller.kind === 'admin' && tenantId !== undefined && !(await c.get('isTenant')(tenantId)))
        throw new Fault('not_found', 'tenant not found');
      const filter = { ...pageAsked({ limit, cursor }), tenantId, isUnmatched: unmatched };
      const page = await listBounces(ctx, filter, holdAnswer(ctx, c));
      return { ok: true, bounces: page.entries, ...nextPage(page.nextCursor) };
    },
  );
}
