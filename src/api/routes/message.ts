// Routes that show one message, and that delete messages.
import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { lineOfText, unfit } from '../../accept/identifier.js';
import { Fault } from '../../errors.js';
import { removeJobs } from '../../queue/remove-jobs.js';
import { forgetAddresses } from '../../store/contents/forget.js';
import { findHistory, findMessage } from '../../store/listing/list.js';
import { cleanUpMessages } from '../../store/messages/clean-up.js';
import { deleteMessages } from '../../store/messages/delete.js';
import { tellRedis } from '../ask-redis.js';
import type { Needs } from '../context.js';
import type { ApiEnv } from '../middleware/authenticate.js';
import { holdAnswer } from '../middleware/hold-answer.js';
import { route } from '../openapi/route.js';
import { event, message, messageExample } from '../schemas/message.js';
import { ok } from '../schemas/ok.js';
import { nextCursor, nextPage, pageAsked, pageQuery } from '../schemas/page.js';
import { tenantQuery } from '../schemas/tenant-in-query.js';

const deletion = z.object({
  ids: z
    .array(z.string())
    .max(10_000)
    .default([])
    .describe('Ids of the messages, as their tenant chose them.'),
});
const mostAddresses = 1000;
const forgetting = z.object({
  addresses: z
    .array(lineOfText(320).refine((text) => /^.+@.+$/.test(text), 'is not an address'))
    .min(1, 'is empty')
    .max(mostAddresses)
    .describe('Bare addresses, without display names; capital and small letters count as the same.'),
});
const cleanup = z.object({
  older_than_seconds: z
    .number()
    .min(0)
    .nullish()
    .describe(
      'How long ago the end of a message must have been reported, in seconds; absent: ' +
        '`GMP_DELIVERY_REPORT_RETENTION_SECONDS`, a week unless that is set.',
    ),
});

const eventPage = pageQuery.extend({
  cursor: pageQuery.shape.cursor.refine(
    (text) => text === undefined || /^\d{1,15}$/.test(text),
    'is not a next_cursor of this list',
  ),
});

type MessageNeeds = Needs<'config' | 'memory' | 'db' | 'clock' | 'queues' | 'redis' | 'log'>;

/**
 * Single messages by the ids that their tenant chose (contract section 3). The admin and the tenant itself may call these
 * routes. A message of another tenant is answered as one that does not exist.
 */
export function addMessageRoutes(app: OpenAPIHono<ApiEnv>, ctx: MessageNeeds): void {
  addGetMessageRoute(app, ctx);
  addGetMessageEventsRoute(app, ctx);
  addDeleteMessagesRoute(app, ctx);
  addCleanUpMessagesRoute(app, ctx);
  addForgetAddressesRoute(app, ctx);
}

function addGetMessageRoute(app: OpenAPIHono<ApiEnv>, ctx: MessageNeeds): void {
  route(
    app,
    {
      method: 'get',
      path: '/messages/{id}',
      tenant: 'query',
      operationId: 'getMessage',
      summary: 'One message',
      description: 'By the id that its tenant chose, as `GET /messages` shows it, without its history.',
      query: tenantQuery,
      answer: message,
      example: { answer: messageExample },
      refusals: { 404: 'The tenant has no message of this id.' },
    },
    async ({ id, tenantId }, c) => {
      const found = await findMessage(ctx, tenantId, id, holdAnswer(ctx, c));
      if (found === undefined) throw new Fault('not_found', 'message not found');
      return found;
    },
  );
}

function addGetMessageEventsRoute(app: OpenAPIHono<ApiEnv>, ctx: MessageNeeds): void {
  route(
    app,
    {
      method: 'get',
      path: '/messages/{id}/events',
      tenant: 'query',
      operationId: 'getMessageEvents',
      summary: 'What happened to a message, oldest first',
      description:
        'From the moment it was accepted: every attempt, how it ended, and whether the application was told. A message ' +
        'that was replaced before it was sent keeps the events of what it was before.',
      query: tenantQuery.extend(eventPage.shape),
      answer: ok.extend({ events: z.array(event).describe('Oldest first.'), next_cursor: nextCursor }),
      example: {
        answer: {
          ok: true,
          events: [
            { event_id: 4710, event_type: 'queued', event_ts: 1_795_600_000 },
            { event_id: 4711, event_type: 'sent', event_ts: 1_795_600_003 },
          ],
        },
      },
      refusals: { 404: 'The tenant has no message of this id.' },
    },
    async ({ id, tenantId, query }, c) => {
      const page = await findHistory(ctx, tenantId, id, pageAsked(query), holdAnswer(ctx, c));
      if (page === undefined) throw new Fault('not_found', 'message not found');
      return { ok: true, events: page.entries, ...nextPage(page.nextCursor) };
    },
  );
}

function addDeleteMessagesRoute(app: OpenAPIHono<ApiEnv>, ctx: MessageNeeds): void {
  route(
    app,
    {
      method: 'post',
      path: '/commands/delete-messages',
      audit: { keeps: ['tenant_id', 'ids'] },
      tenant: 'query',
      operationId: 'deleteMessages',
      summary: 'Delete messages, sent or not, with their events',
      description:
        'What is not sent yet will not be; one that is being handed over at this moment may still arrive. Nothing about ' +
        'a deleted message is reported any more.',
      query: tenantQuery,
      body: deletion,
      answer: ok.extend({
        removed: z.int().describe('How many were deleted.'),
        not_found: z
          .array(z.string())
          .optional()
          .describe('Ids of which the tenant has no message; absent: none.'),
      }),
      example: {
        body: { ids: ['order-1', 'order-9'] },
        answer: { ok: true, removed: 1, not_found: ['order-9'] },
      },
    },
    async ({ body, tenantId }) => {
      const { ids } = body;
      // Ids that no message can have are not looked up, because databases refuse NUL in a text.
      const deleted = await deleteMessages(
        ctx,
        tenantId,
        ids.filter((id) => !unfit.test(id)),
      );
      const jobs = deleted.map((one) => ({ ...one, tenantId }));
      // The rows are gone first. A job that stays in Redis finds no message and ends.
      await tellRedis(ctx, () => removeJobs(ctx, jobs));
      const gone = new Set(deleted.map(({ id }) => id));
      const missing = [...new Set(ids)].filter((id) => !gone.has(id));
      return { ok: true, removed: deleted.length, ...(missing.length > 0 && { not_found: missing }) };
    },
  );
}

function addCleanUpMessagesRoute(app: OpenAPIHono<ApiEnv>, ctx: MessageNeeds): void {
  route(
    app,
    {
      method: 'post',
      path: '/commands/cleanup-messages',
      audit: { keeps: ['tenant_id', 'older_than_seconds'] },
      tenant: 'query',
      operationId: 'cleanUpMessages',
      summary: 'Delete finished messages whose end was reported longer ago than that',
      description:
        'Messages that were sent or given up, whose application has acknowledged it, with their events, a few at a time: ' +
        'a million take minutes, in which everything else goes on. Where the caller hangs up it ends; the next call goes on. ' +
        'Those that wait, and those of which nobody knows yet, stay. After `GMP_DELIVERY_REPORT_RETENTION_SECONDS` ' +
        'messages are removed without being asked for.',
      query: tenantQuery,
      body: cleanup,
      bodyIsOptional: true,
      answer: ok.extend({ removed: z.int().describe('How many were deleted.') }),
      example: { body: { older_than_seconds: 86_400 }, answer: { ok: true, removed: 42 } },
    },
    async ({ body, tenantId }, c) => {
      const { older_than_seconds } = body;
      const seconds = older_than_seconds ?? ctx.config.deliveryReportRetentionSeconds;
      const over = { reportedBefore: Math.floor(ctx.clock.now() - seconds * 1000) };
      // The signal fires when the caller hangs up. The clean-up then ends, and messages removed so far stay removed.
      const removed = await cleanUpMessages(ctx, tenantId, over, c.req.raw.signal);
      return { ok: true, removed };
    },
  );
}

function addForgetAddressesRoute(app: OpenAPIHono<ApiEnv>, ctx: MessageNeeds): void {
  route(
    app,
    {
      method: 'post',
      path: '/commands/forget',
      audit: { keeps: ['tenant_id'], blanks: ['addresses'] },
      tenant: 'query',
      operationId: 'forgetAddresses',
      summary: 'Delete everything about people, by their addresses',
      description:
        'All messages of the tenant that one of the addresses sent or was to receive, in whatever status, with their contents ' +
        'and events, a few at a time. What is not sent yet will not be, to the other recipients neither. Where the caller ' +
        'hangs up it ends; the same call again goes on.',
      query: tenantQuery,
      body: forgetting,
      answer: ok.extend({
        messages: z.int().describe('How many messages were deleted.'),
        events: z.int().describe('How many events were deleted with them.'),
      }),
      example: { body: { addresses: ['jo@example.org'] }, answer: { ok: true, messages: 3, events: 9 } },
    },
    async ({ body, tenantId }, c) => {
      const counts = { messages: 0, events: 0 };
      for await (const { deleted, events } of forgetAddresses(
        ctx,
        tenantId,
        body.addresses,
        c.req.raw.signal,
      )) {
        await tellRedis(ctx, () =>
          removeJobs(
            ctx,
            deleted.map((one) => ({ ...one, tenantId })),
          ),
        );
        counts.messages += deleted.length;
        counts.events += events;
      }
      return { ok: true, ...counts };
    },
  );
}
