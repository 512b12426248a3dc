// The stream that moves the overview without a reload, as long as the session lasts.
import type { Hono } from 'hono';
import type { ApiContext } from '../../api/context.js';
import type { ApiEnv } from '../../api/middleware/authenticate.js';
import { Fault } from '../../errors.js';
import { findAttention } from '../../explain/find-attention.js';
import { findLastingSessions, sessionIn } from '../login.js';
import { AttentionList } from '../overview/attention-list.js';
import { rangeIn } from '../overview/range-in.js';
import { readFigures, type Subject } from '../overview/read-overview.js';
import type { Source } from './shared-feeds.js';
import { openWatchers } from './watchers.js';

/** Attention is asked less often than figures are, because it takes more statements. */
const attentionTicks = 5;

/** @param stopping ends the streams, so that the service need not wait for those who watch */
export function addLiveRoute(app: Hono<ApiEnv>, ctx: ApiContext, stopping: AbortSignal): void {
  const watchers = openWatchers(ctx, (sessions) => findLastingSessions(ctx, sessions));
  stopping.addEventListener('abort', () => watchers.close(), { once: true });
  app.get('/dashboard/live', async (c) => {
    const caller = c.get('caller');
    const tenantId = caller.kind === 'tenant' ? caller.tenantId : undefined;
    const range = rangeIn(c.req.query('range'));
    const session = (await sessionIn(ctx, c)) ?? '';
    const stream = watchers.watch(session, sourcesOf(ctx, { tenantId, range }));
    if (stream === undefined)
      throw new Fault('too_many_requests', 'Too many pages are watched at once; close some of them');
    return c.body(stream, 200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store',
      // nginx would collect the stream.
      'X-Accel-Buffering': 'no',
    });
  });
}

function sourcesOf(ctx: ApiContext, subject: Subject): Source[] {
  const whose = subject.tenantId ?? '';
  return [
    {
      key: `figures ${subject.range} ${whose}`,
      everyTicks: 1,
      read: async () => toEvent('figures', await readFigures(ctx, subject)),
    },
    {
      key: `attention ${whose}`,
      everyTicks: attentionTicks,
      read: async () => {
        const found = await findAttention(ctx, subject.tenantId);
        return toEvent('attention', { html: String(AttentionList({ found })) });
      },
    },
  ];
}

function toEvent(name: string, data: object): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
