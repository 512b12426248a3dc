// Routes of the event log: reading from a cursor on, and reporting events again.
import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { unfit } from '../../accept/identifier.js';
import { readEventLog } from '../../store/events/read-event-log.js';
import { replayReports } from '../../store/events/replay.js';
import type { Needs } from '../context.js';
import type { ApiEnv } from '../middleware/authenticate.js';
import { holdAnswer } from '../middleware/hold-answer.js';
import { queryLimit, queryNumber } from '../middleware/read-request.js';
import { route } from '../openapi/route.js';
import { event } from '../schemas/message.js';
import { ok } from '../schemas/ok.js';
import { tenantParameter, tenantQuery } from '../schemas/tenant-in-query.js';

const query = z.object({
  tenant_id: tenantParameter,
  after: queryNumber(0, Number.MAX_SAFE_INTEGER).describe(
    '`next` of the page before; absent: from the first event there is.',
  ),
  limit: queryLimit(1000).describe('Events in the answer at most; absent, or more: 1000.'),
  types: z
    .string()
    .max(500, 'is longer than 500 characters')
    .regex(/^[a-z_]+(,[a-z_]+)*$/, 'is not a list of types with commas between')
    .optional()
    .describe('Only events of these types, with commas between; absent: all but `queued`.')
    .openapi({ param: { example: 'sent,error' } }),
});

const loggedEvent = z
  .object({
    ...event.shape,
    id: z.string().describe('What the tenant calls the message.'),
    pk: z.string().describe('What the service calls the message.'),
  })
  .openapi('LoggedEvent', { description: 'Something that happened to a message, and to which.' });

const time = z.number().min(0).max(32_503_680_000).nullish();
const replay = z
  .object({
    since_ts: time.describe('Only what happened at or after this time. Unix seconds.'),
    until_ts: time.describe('Only what happened at or before this time. Unix seconds.'),
    ids: z
      .array(z.string())
      .max(10_000)
      .nullish()
      .describe('Only what happened to these messages, by the ids their tenant chose.'),
  })
  .refine(({ since_ts, until_ts, ids }) => since_ts != null || until_ts != null || ids != null, {
    path: ['since_ts'],
    error: 'is needed, or until_ts or ids: nothing says what to report again',
  });

type EventNeeds = Needs<'db' | 'clock' | 'memory' | 'enqueueReport'>;

/**
 * The event log of a tenant, for its application (contract sections 5 and 9). The admin and the tenant itself may call
 * these routes. Reading works beside the reports: it neither acknowledges events nor delays their reports.
 */
export function addEventRoutes(app: OpenAPIHono<ApiEnv>, ctx: EventNeeds): void {
  addListEventsRoute(app, ctx);
  addReplayReportsRoute(app, ctx);
}

function addListEventsRoute(app: OpenAPIHono<ApiEnv>, ctx: EventNeeds): void {
  route(
    app,
    {
      method: 'get',
      path: '/events',
      tenant: 'query',
      operationId: 'listEvents',
      summary: 'What happened to all messages of a tenant, from a cursor on',
      description:
        'For applications that would rather ask than be called. Keep `next` and send it as `after` the next time: going ' +
        'on like this shows every event once and misses none, also while many are written. An event may take as long to ' +
        'appear as the transaction that writes it. Events go with their messages when these are deleted. A page may be ' +
        'empty although there is `more`, where few events are of the `types` asked for. Reading changes nothing: events ' +
        'are reported all the same where the tenant has an endpoint.',
      query,
      answer: ok.extend({
        events: z.array(loggedEvent).describe('In the order of `event_id`.'),
        next: z.int().describe('What to send as `after` the next time; always there.'),
        more: z.boolean().describe('Whether there is more at once.'),
      }),
      example: {
        answer: {
          ok: true,
          events: [
            {
              event_id: 4711,
              event_type: 'sent',
              event_ts: 1_795_600_003,
              metadata: { response: '250 2.0.0 Ok: queued' },
              id: 'order-1',
              pk: '01KAT0ZQ2S9W1D4C7V8XH3M5NE',
            },
          ],
          next: 4712,
          more: false,
        },
      },
    },
    async ({ query: asked, tenantId }, c) => {
      const filter = {
        after: asked.after ?? 0,
        limit: asked.limit ?? 1000,
        types: asked.types?.split(','),
      };
      const page = await readEventLog(ctx, tenantId, filter, holdAnswer(ctx, c));
      return { ok: true, ...page };
    },
  );
}

function addReplayReportsRoute(app: OpenAPIHono<ApiEnv>, ctx: EventNeeds): void {
  route(
    app,
    {
      method: 'post',
      path: '/commands/replay-reports',
      audit: { keeps: ['tenant_id', 'since_ts', 'until_ts', 'ids'] },
      tenant: 'query',
      operationId: 'replayReports',
      summary: 'Report events again that were acknowledged before',
      description:
        'For an application that has lost what it was told. Of everything that fits all that is given, each event goes ' +
        'out once more, oldest first and before newer ones, with the `event_id` it had, until it is acknowledged anew.',
      query: tenantQuery,
      body: replay,
      answer: ok.extend({ replayed: z.int().describe('How many events are reported again.') }),
      example: {
        body: { since_ts: 1_795_600_000, until_ts: 1_795_603_600 },
        answer: { ok: true, replayed: 42 },
      },
    },
    async ({ body, tenantId }) => {
      const { since_ts, until_ts, ids } = body;
      const replayed = await replayReports(ctx, tenantId, {
        since: Math.floor((since_ts ?? 0) * 1000),
        // Up to the end of that second, because event times are shown in whole seconds.
        until: until_ts == null ? ctx.clock.now() : Math.floor(until_ts * 1000) + 999,
        // Ids that no message can have are left out, because PostgreSQL refuses NUL in a text.
        ids: ids?.filter((id) => !unfit.test(id)),
      });
      // The events are stored as unreported, so the report goes out even if Redis misses this job: the sweep finds them.
      if (replayed > 0) ctx.enqueueReport(tenantId);
      return { ok: true, replayed };
    },
  );
}
