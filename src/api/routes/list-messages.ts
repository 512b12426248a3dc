// Routes that show messages.
import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { lineOfText } from '../../accept/identifier.js';
import { listMessages, listNewest } from '../../store/listing/list.js';
import type { Needs } from '../context.js';
import type { ApiEnv } from '../middleware/authenticate.js';
import { holdAnswer } from '../middleware/hold-answer.js';
import { queryFlag, queryLimit, queryNumber } from '../middleware/read-request.js';
import { route } from '../openapi/route.js';
import { message, messageExample, statusFilter } from '../schemas/message.js';
import { ok } from '../schemas/ok.js';
import { tenantParameter } from '../schemas/tenant-in-query.js';

const query = z.object({
  tenant_id: tenantParameter,
  active_only: queryFlag.describe('Only messages that are neither sent nor given up.'),
  include_history: queryFlag.describe('With the events of each message.'),
  status: statusFilter,
  batch_code: lineOfText(64).optional().describe('Only messages of this batch.'),
  account_id: lineOfText(255).optional().describe('Only messages that name this account.'),
  since_ts: queryNumber(0, 32_503_680_000).describe(
    'Only messages accepted at or after this time. Unix seconds.',
  ),
  until_ts: queryNumber(0, 32_503_680_000).describe(
    'With `newest_first`, `search` or `error`: only messages accepted before this time. Unix seconds.',
  ),
  newest_first: queryFlag.describe('The newest first, in place of the order of acceptance.'),
  search: lineOfText(200)
    .optional()
    .describe(
      'Only messages that have all these words and addresses, the newest first. A word is a whole word of two or more characters of the subject, ' +
        "of a recipient's name or of a recipient's address, in upper or lower case.",
    ),
  error: lineOfText(200)
    .optional()
    .describe(
      'Only messages whose `error` or `deferred_reason` contains this, the newest first. With `search` too, both must hold.',
    ),
  limit: queryLimit(1000).describe('Messages in the answer at most; absent, or more: 1000.'),
  cursor: z
    .string()
    .regex(/^[0-9A-HJKMNP-TV-Z]{26}$/, 'is not a next_cursor of this list')
    .optional()
    .describe('`next_cursor` of the page before; the other parameters stay as they were.'),
});

/**
 * A page of a tenant's messages (contract section 5). The admin and the tenant itself may call it. An unknown tenant,
 * which only the admin can name, has an empty list. The store also bounds the bytes of a page, so a page may have fewer
 * messages than `limit` and still have a next one.
 */
export function addListMessagesRoute(app: OpenAPIHono<ApiEnv>, ctx: Needs<'db' | 'clock' | 'memory'>): void {
  route(
    app,
    {
      method: 'get',
      path: '/messages',
      tenant: 'query',
      operationId: 'listMessages',
      summary: 'Messages of a tenant, in the order they were accepted',
      description:
        'A page at a time: pass `next_cursor` on as `cursor` until there is none. Going through the pages shows nothing ' +
        'twice and leaves out nothing that was there at the beginning; what is accepted meanwhile is shown as well. A ' +
        'page may be shorter than `limit`, and a page of a search may even be empty and have a next one.',
      query,
      answer: ok.extend({
        messages: z.array(message).describe('This page of the list.'),
        next_cursor: z
          .string()
          .optional()
          .describe('What to send as `cursor` for the next page; absent: none.'),
      }),
      example: { answer: { ok: true, messages: [messageExample], next_cursor: messageExample.pk } },
    },
    async ({ query: asked, tenantId }, c) => {
      const filter = {
        activeOnly: asked.active_only ?? false,
        includeHistory: asked.include_history ?? false,
        status: asked.status,
        batchCode: asked.batch_code,
        accountId: asked.account_id,
        since: asked.since_ts === undefined ? undefined : asked.since_ts * 1000,
        limit: asked.limit ?? 1000,
      };
      const hold = holdAnswer(ctx, c);
      const { search, error, cursor } = asked;
      const until = asked.until_ts === undefined ? undefined : asked.until_ts * 1000;
      const { messages, nextCursor } =
        asked.newest_first === true || search !== undefined || error !== undefined
          ? await listNewest(ctx, tenantId, { ...filter, search, error, until, before: cursor }, hold)
          : await listMessages(ctx, tenantId, { ...filter, after: cursor }, hold);
      return { ok: true, messages, ...(nextCursor !== undefined && { next_cursor: nextCursor }) };
    },
  );
}
