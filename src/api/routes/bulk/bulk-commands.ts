// Routes that retry, cancel or prioritize messages, by their ids or all that fit a filter.
import { type OpenAPIHono, z } from '@hono/zod-openapi';
import type { BulkAction } from '../../../domain/bulk-change.js';
import { Fault } from '../../../errors.js';
import { askOnce, bulkJob } from '../../../queue/sweep-jobs.js';
import { beginBulkChange } from '../../../store/bulk/bulk-changes.js';
import { tellRedis } from '../../ask-redis.js';
import type { Needs } from '../../context.js';
import type { ApiEnv } from '../../middleware/authenticate.js';
import { route } from '../../openapi/route.js';
import { ok } from '../../schemas/ok.js';
import { tenantQuery } from '../../schemas/tenant-in-query.js';
import {
  bulkChange,
  bulkChangeExample,
  selectionBody,
  showBulkChange,
  toSelection,
} from './bulk-change-schema.js';

type BulkNeeds = Needs<'db' | 'clock' | 'queues' | 'redis' | 'log'>;

const answer = ok.extend({ change: bulkChange });
const refusals = { 429: 'As many changes of the tenant are running as may.' };
const inBackground = 'The answer comes at once; `GET /bulk-changes/{id}` shows how far it is.';

/** Words, addresses and errors that were searched for are what people write, so the command log does not keep them. */
const keptFields = [
  'tenant_id',
  'ids',
  'filter.status',
  'filter.batch_code',
  'filter.account_id',
  'filter.since_ts',
  'filter.until_ts',
];

/** The admin and the tenant itself may call these. */
export function addBulkCommandRoutes(app: OpenAPIHono<ApiEnv>, ctx: BulkNeeds): void {
  addRetryRoute(app, ctx);
  addCancelRoute(app, ctx);
  addPrioritizeRoute(app, ctx);
}

function addRetryRoute(app: OpenAPIHono<ApiEnv>, ctx: BulkNeeds): void {
  route(
    app,
    {
      method: 'post',
      path: '/commands/retry-messages',
      audit: { keeps: keptFields },
      tenant: 'query',
      operationId: 'retryMessages',
      summary: 'Send messages again that failed, or that wait for their next try',
      description:
        'They are tried at once, with all their retries before them; a recipient that has the mail does not get it ' +
        'again. One that failed in doubt may arrive twice. A filter without a status is about those that failed. ' +
        inBackground,
      query: tenantQuery,
      body: selectionBody,
      answer,
      example: {
        body: { filter: { error: 'relay access denied' } },
        answer: { ok: true, change: bulkChangeExample },
      },
      refusals,
    },
    ({ body, tenantId }) => begin(ctx, tenantId, 'retry', body),
  );
}

function addCancelRoute(app: OpenAPIHono<ApiEnv>, ctx: BulkNeeds): void {
  route(
    app,
    {
      method: 'post',
      path: '/commands/cancel-messages',
      audit: { keeps: keptFields },
      tenant: 'query',
      operationId: 'cancelMessages',
      summary: 'Give up messages that are not sent yet',
      description:
        'They end as `error`, which is reported; `/commands/delete-messages` leaves no trace of them. One that is being ' +
        `handed over at this moment is sent. ${inBackground}`,
      query: tenantQuery,
      body: selectionBody,
      answer,
      example: {
        body: { ids: ['order-1'] },
        answer: { ok: true, change: { ...bulkChangeExample, action: 'cancel' as const } },
      },
      refusals,
    },
    ({ body, tenantId }) => begin(ctx, tenantId, 'cancel', body),
  );
}

function addPrioritizeRoute(app: OpenAPIHono<ApiEnv>, ctx: BulkNeeds): void {
  route(
    app,
    {
      method: 'post',
      path: '/commands/prioritize-messages',
      audit: { keeps: [...keptFields, 'priority'] },
      tenant: 'query',
      operationId: 'prioritizeMessages',
      summary: 'Give messages that are not sent yet another priority',
      description: inBackground,
      query: tenantQuery,
      body: selectionBody.extend({
        priority: z.number().int().min(0).max(3).describe('0 immediate, 1 high, 2 medium, 3 low.'),
      }),
      answer,
      example: {
        body: { filter: { batch_code: 'newsletter' }, priority: 3 },
        answer: { ok: true, change: { ...bulkChangeExample, action: 'prioritize' as const, priority: 3 } },
      },
      refusals,
    },
    ({ body, tenantId }) => begin(ctx, tenantId, 'prioritize', body, body.priority),
  );
}

async function begin(
  ctx: BulkNeeds,
  tenantId: string,
  action: BulkAction,
  body: z.output<typeof selectionBody>,
  priority: number | null = null,
) {
  const selection = toSelection(body);
  if (selection === undefined) throw new Fault('bad_request', 'Name either ids or a filter');
  const change = await beginBulkChange(ctx, { tenantId, action, priority, selection });
  if (change === undefined)
    throw new Fault(
      'too_many_requests',
      'Too many changes of this tenant are running; try again once one is done',
    );
  await tellRedis(ctx, () => askOnce(ctx, bulkJob));
  return { ok: true as const, change: showBulkChange(change) };
}
