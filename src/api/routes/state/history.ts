// The route that tells what was sent lately, how long it took, and how much waited.
import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { toUnixSeconds } from '../../../clock.js';
import { measureWaiting } from '../../../store/history/measure-queues.js';
import { type Point, ranges, readHistory } from '../../../store/history/read-history.js';
import type { Needs } from '../../context.js';
import type { ApiEnv } from '../../middleware/authenticate.js';
import { route } from '../../openapi/route.js';
import { ok } from '../../schemas/ok.js';
import { tenantOrAll, tenantOrAllParameter } from './tenant-or-all.js';

const query = z.object({
  tenant_id: tenantOrAllParameter,
  range: z
    .enum(ranges)
    .optional()
    .describe(
      'The last hour in steps of a minute, day in steps of ten, week in steps of an hour, or quarter in steps of twelve hours; absent: hour.',
    ),
});

const count = (of: string) => z.int().describe(of);
const seconds = (of: string) => z.number().optional().describe(`${of}; absent: none was sent.`);
const depth = (of: string) => z.int().describe(`Of priority ${of}.`);

const queued = z
  .object({ immediate: depth('0'), high: depth('1'), medium: depth('2'), low: depth('3') })
  .openapi('QueuedByPriority', {
    description: 'Messages that are not sent yet; in a step of time, at most.',
  });

const summary = {
  accepted: count('Messages that were accepted.'),
  sent: count('Messages that their servers took.'),
  deferred: count('Attempts that were put off for a later one.'),
  failed: count('Messages that were given up, and those that were rejected when they were handed in.'),
  bounced: count('Mails that came back later.'),
  latency_p50_seconds: seconds('From acceptance to sent, of half of the messages'),
  latency_p95_seconds: seconds('From acceptance to sent, of 95 % of the messages'),
  report_lag_seconds: z.number().describe('The age of the oldest event that was not reported, at most.'),
  queued,
};

const point = z
  .object({ ts: z.int().describe('When the step began, in Unix seconds.'), ...summary })
  .openapi('HistoryPoint', { description: 'What happened in a step of time.' });

const example = {
  accepted: 120,
  sent: 118,
  deferred: 2,
  failed: 1,
  bounced: 0,
  latency_p50_seconds: 0.18,
  latency_p95_seconds: 0.9,
  report_lag_seconds: 0.4,
  queued: { immediate: 0, high: 1, medium: 16, low: 0 },
};

const answer = ok.extend({
  range: z.enum(ranges).describe('As asked.'),
  step_seconds: z.int().describe('How much time a point is about.'),
  points: z.array(point).describe('Every step of the range, the last one up to now.'),
  total: z.object(summary).describe('Of the whole range.'),
  now: z
    .object({
      queued,
      report_lag_seconds: z.number().describe('The age of the oldest unreported event.'),
    })
    .describe('What waits at the moment.'),
});

const answerExample = {
  ok: true as const,
  range: 'hour' as const,
  step_seconds: 60,
  points: [{ ts: 1_790_000_000, ...example }],
  total: example,
  now: { queued: example.queued, report_lag_seconds: 0.4 },
};

/** It only reads. A tenant is told of itself alone. */
export function addHistoryRoute(app: OpenAPIHono<ApiEnv>, ctx: Needs<'db' | 'clock' | 'config'>): void {
  route(
    app,
    {
      method: 'get',
      path: '/stats/history',
      operationId: 'history',
      summary: 'What was sent lately, how long it took, and how much waited',
      description:
        'Counted every 5 seconds from the events of messages, and kept for `GMP_HISTORY_RETENTION_SECONDS`. What is deleted ' +
        'within those 5 seconds is not counted.',
      query,
      answer,
      example: { answer: answerExample },
      refusals: { 404: 'There is no such tenant.' },
    },
    async ({ query: { tenant_id, range = 'hour' } }, c) => {
      const tenantId = await tenantOrAll(c, tenant_id);
      const [{ stepMs, points, total }, waiting] = await Promise.all([
        readHistory(ctx, tenantId, range),
        measureWaiting(ctx, tenantId),
      ]);
      return {
        ok: true,
        range,
        step_seconds: toUnixSeconds(stepMs),
        points: points.map(({ at, ...one }) => ({ ts: toUnixSeconds(at), ...show(one) })),
        total: show(total),
        now: { queued: showDepths(waiting.depths), report_lag_seconds: waiting.reportLagMs / 1000 },
      };
    },
  );
}

function show({ p50, p95, reportLagMs, depths, ...counts }: Omit<Point, 'at'>) {
  return {
    ...counts,
    ...(p50 !== undefined && { latency_p50_seconds: p50 / 1000 }),
    ...(p95 !== undefined && { latency_p95_seconds: p95 / 1000 }),
    report_lag_seconds: reportLagMs / 1000,
    queued: showDepths(depths),
  };
}

function showDepths([immediate = 0, high = 0, medium = 0, low = 0]: number[]) {
  return { immediate, high, medium, low };
}
