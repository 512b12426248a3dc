// Routes that show how far changes of many messages are, and stop one.
import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { Fault } from '../../../errors.js';
import { endBulkChange, findBulkChange, listBulkChanges } from '../../../store/bulk/bulk-changes.js';
import type { Needs } from '../../context.js';
import type { ApiEnv } from '../../middleware/authenticate.js';
import { route } from '../../openapi/route.js';
import { ok } from '../../schemas/ok.js';
import { tenantQuery } from '../../schemas/tenant-in-query.js';
import { bulkChange, bulkChangeExample, showBulkChange } from './bulk-change-schema.js';

type BulkNeeds = Needs<'db' | 'clock'>;

const mostShown = 100;
const refusals = { 404: 'The tenant has no such change.' };
const one = ok.extend({ change: bulkChange });

/** The admin and the tenant itself may call these. */
export function addBulkChangeRoutes(app: OpenAPIHono<ApiEnv>, ctx: BulkNeeds): void {
  route(
    app,
    {
      method: 'get',
      path: '/bulk-changes',
      tenant: 'query',
      operationId: 'listBulkChanges',
      summary: 'Changes of many messages',
      description: `The newest ${mostShown}, the newest first. They are removed a week after their end.`,
      query: tenantQuery,
      answer: ok.extend({ changes: z.array(bulkChange).describe('The newest first.') }),
      example: { answer: { ok: true, changes: [bulkChangeExample] } },
    },
    async ({ tenantId }) => ({
      ok: true as const,
      changes: (await listBulkChanges(ctx, tenantId, mostShown)).map(showBulkChange),
    }),
  );
  addGetRoute(app, ctx);
  addStopRoute(app, ctx);
}

function addGetRoute(app: OpenAPIHono<ApiEnv>, ctx: BulkNeeds): void {
  route(
    app,
    {
      method: 'get',
      path: '/bulk-changes/{id}',
      tenant: 'query',
      operationId: 'getBulkChange',
      summary: 'How far a change of many messages is',
      description: 'It is over once its `state` is not `running`.',
      query: tenantQuery,
      answer: one,
      example: { answer: { ok: true, change: bulkChangeExample } },
      refusals,
    },
    ({ id, tenantId }) => show(ctx, tenantId, id),
  );
}

function addStopRoute(app: OpenAPIHono<ApiEnv>, ctx: BulkNeeds): void {
  route(
    app,
    {
      method: 'post',
      path: '/bulk-changes/{id}/stop',
      tenant: 'query',
      operationId: 'stopBulkChange',
      summary: 'Stop a change of many messages',
      description: 'What was changed so far stays changed.',
      query: tenantQuery,
      answer: one,
      example: { answer: { ok: true, change: { ...bulkChangeExample, state: 'stopped' as const } } },
      refusals,
    },
    async ({ id, tenantId }) => {
      await show(ctx, tenantId, id);
      await endBulkChange(ctx, id);
      return show(ctx, tenantId, id);
    },
  );
}

async function show(ctx: BulkNeeds, tenantId: string, id: string) {
  const change = await findBulkChange(ctx, tenantId, id);
  if (change === undefined) throw new Fault('not_found', 'change not found');
  return { ok: true as const, change: showBulkChange(change) };
}
