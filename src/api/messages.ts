// Routes that show messages.
import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { lineOfText } from '../accept/identifier.js';
import type { Needs } from '../context.js';
import { listMessages } from '../store/list-messages.js';
import { type ApiEnv, tenantOf } from './authenticate.js';
import { describe, ok } from './describe.js';
import { queryFlag, queryNumber, readQuery } from './read-request.js';

const query = z.object({
  tenant_id: lineOfText(255).optional(),
  active_only: queryFlag,
  include_history: queryFlag,
  status: z.enum(['pending', 'deferred', 'sent', 'error']).optional(),
  batch_code: lineOfText(64).optional(),
  account_id: lineOfText(255).optional(),
  since_ts: queryNumber(0, 32_503_680_000),
  limit: queryNumber(1, 1000),
  cursor: z
    .string()
    .regex(/^[0-9A-HJKMNP-TV-Z]{26}$/, 'is not a next_cursor of this list')
    .optional(),
});

export const message = z
  .looseObject({
    pk: z.string(),
    id: z.string(),
    tenant_id: z.string(),
    status: z.enum(['pending', 'deferred', 'sent', 'error']),
  })
  .openapi('Message');

export function addMessageRoutes(app: OpenAPIHono<ApiEnv>, ctx: Needs<'db'>): void {
  describe(app, {
    method: 'get',
    path: '/messages',
    summary: 'Messages of a tenant, in the order they were accepted',
    query,
    answer: ok.extend({ messages: z.array(message), next_cursor: z.string().optional() }),
  });
  app.get('/messages', async (c) => {
    const asked = readQuery(c, query);
    const tenantId = tenantOf(c, 'query', asked.tenant_id);
    const { messages, nextCursor } = await listMessages(ctx, tenantId, {
      activeOnly: asked.active_only ?? false,
      includeHistory: asked.include_history ?? false,
      status: asked.status,
      batchCode: asked.batch_code,
      accountId: asked.account_id,
      since: asked.since_ts === undefined ? undefined : asked.since_ts * 1000,
      limit: asked.limit ?? 1000,
      after: asked.cursor,
    });
    return c.json({ ok: true, messages, ...(nextCursor !== undefined && { next_cursor: nextCursor }) });
  });
}
