// Routes of single messages, and those that delete messages.
import { type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Needs } from '../context.js';
import { dequeueSend } from '../enqueue/dequeue-send.js';
import { Fault } from '../errors.js';
import { cleanUpMessages, deleteMessages } from '../store/delete-messages.js';
import { findHistory, findMessage } from '../store/list-messages.js';
import { tellRedis } from './ask-redis.js';
import type { ApiEnv } from './authenticate.js';
import { describe, ok } from './describe.js';
import { message } from './messages.js';
import { idIn, readBody, readOptionalBody } from './read-request.js';
import { tenantInQuery, tenantQuery } from './tenant-in-query.js';

const deletion = z.object({ ids: z.array(z.string()).max(10_000).default([]) });
const cleanup = z.object({ older_than_seconds: z.number().min(0).nullish() });
const event = z
  .looseObject({ event_id: z.int(), event_type: z.string(), event_ts: z.int() })
  .openapi('Event');

/** A week. */
const defaultRetentionSeconds = 604_800;

type MessageNeeds = Needs<'db' | 'clock' | 'queues' | 'redis' | 'log'>;

export function addManageMessageRoutes(app: OpenAPIHono<ApiEnv>, ctx: MessageNeeds): void {
  describe(app, {
    method: 'get',
    path: '/messages/{id}',
    summary: 'One message',
    query: tenantQuery,
    answer: message,
  });
  app.get('/messages/:id', async (c) => {
    const tenantId = tenantInQuery(c);
    const found = await findMessage(ctx, tenantId, idIn(c));
    if (found === undefined) throw new Fault('not_found', 'message not found');
    return c.json(found);
  });

  describe(app, {
    method: 'get',
    path: '/messages/{id}/events',
    summary: 'What happened to a message, oldest first',
    query: tenantQuery,
    answer: ok.extend({ events: z.array(event) }),
  });
  app.get('/messages/:id/events', async (c) => {
    const tenantId = tenantInQuery(c);
    const events = await findHistory(ctx, tenantId, idIn(c));
    if (events === undefined) throw new Fault('not_found', 'message not found');
    return c.json({ ok: true, events });
  });

  describe(app, {
    method: 'post',
    path: '/commands/delete-messages',
    summary: 'Delete messages, sent or not, with their events',
    query: tenantQuery,
    body: deletion,
    answer: ok.extend({ removed: z.int(), not_found: z.array(z.string()).optional() }),
  });
  app.post('/commands/delete-messages', async (c) => {
    const tenantId = tenantInQuery(c);
    const { ids } = await readBody(c, deletion);
    const deleted = await deleteMessages(ctx, tenantId, ids);
    const jobs = deleted.map((one) => ({ ...one, tenantId }));
    await tellRedis(ctx, () => dequeueSend(ctx, jobs));
    const gone = new Set(deleted.map(({ id }) => id));
    const missing = [...new Set(ids)].filter((id) => !gone.has(id));
    return c.json({ ok: true, removed: deleted.length, ...(missing.length > 0 && { not_found: missing }) });
  });

  describe(app, {
    method: 'post',
    path: '/commands/cleanup-messages',
    summary: 'Delete finished messages whose end was reported longer ago than that',
    query: tenantQuery,
    body: cleanup,
    answer: ok.extend({ removed: z.int() }),
  });
  app.post('/commands/cleanup-messages', async (c) => {
    const tenantId = tenantInQuery(c);
    const { older_than_seconds } = await readOptionalBody(c, cleanup);
    const before = Math.floor(ctx.clock.now() - (older_than_seconds ?? defaultRetentionSeconds) * 1000);
    return c.json({ ok: true, removed: await cleanUpMessages(ctx, tenantId, before) });
  });
}
