// The route that shows the state of the reports to each tenant's application.
import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { listSyncStatus } from '../../store/events/sync-times.js';
import type { Needs } from '../context.js';
import type { ApiEnv } from '../middleware/authenticate.js';
import { holdAnswer } from '../middleware/hold-answer.js';
import { route } from '../openapi/route.js';
import { ok } from '../schemas/ok.js';
import { nextCursor, nextPage, pageAsked, pageQuery } from '../schemas/page.js';

const syncStatus = z
  .object({
    id: z.string().describe('Of the tenant.'),
    name: z.string().optional().describe('What people call it.'),
    active: z.boolean().describe('Whether it is in use.'),
    client_base_url: z.string().optional().describe('Where its application listens; absent: it has none.'),
    last_sync_ts: z
      .int()
      .optional()
      .describe('When its application last acknowledged a report, in Unix seconds.'),
    next_sync_due: z
      .boolean()
      .describe('Whether events wait to be reported, or its application is to be called anyway.'),
    in_dnd: z
      .boolean()
      .describe('Whether its application asked, by `next_sync_after`, not to be called for now.'),
    gone: z
      .literal(true)
      .optional()
      .describe('Only if its endpoint answered 410 Gone: nothing goes there until the tenant is changed.'),
    fault: z
      .string()
      .optional()
      .describe(
        'Why mail-proxy itself could not make the last report. It tries again, at least every five minutes and at once ' +
          'when the tenant is changed; absent: it could.',
      ),
  })
  .openapi('SyncStatus', { description: "How the reports to a tenant's application are going." });

/**
 * Whether the reports to each application arrive (contract section 9). Admin only, because the answer lists all tenants.
 */
export function addSyncStatusRoute(
  app: OpenAPIHono<ApiEnv>,
  ctx: Needs<'memory' | 'db' | 'clock' | 'config'>,
): void {
  route(
    app,
    {
      method: 'get',
      path: '/tenants/sync-status',
      reach: 'admin',
      operationId: 'syncStatus',
      summary: "How the reports to every tenant's application are going",
      description:
        'Who was told when, whose application is due to be told something, and who asked to be left alone for now.',
      query: pageQuery,
      answer: ok.extend({
        tenants: z.array(syncStatus).describe('In the order of their ids.'),
        sync_interval_seconds: z.int().describe('Seconds, as `GMP_SYNC_INTERVAL_SECONDS` sets it.'),
        next_cursor: nextCursor,
      }),
      example: {
        answer: {
          ok: true,
          tenants: [
            {
              id: 'shop',
              active: true,
              client_base_url: 'https://shop.example.com',
              last_sync_ts: 1795600000,
              next_sync_due: false,
              in_dnd: false,
            },
          ],
          sync_interval_seconds: 300,
        },
      },
    },
    async ({ query }, c) => {
      const page = await listSyncStatus(ctx, pageAsked(query), holdAnswer(ctx, c));
      const sync_interval_seconds = ctx.config.syncIntervalSeconds;
      return { ok: true, tenants: page.entries, sync_interval_seconds, ...nextPage(page.nextCursor) };
    },
  );
}
