// The page that shows how far a change of many messages is. It loads itself anew until the change has ended.
import type { Hono } from 'hono';
import type { ApiEnv } from '../../../api/middleware/authenticate.js';
import type { PageParts } from '../../page-parts.js';
import { Layout } from '../layout.js';
import { readTenantChoice } from '../tenant-choice.js';
import { Time } from '../time.js';

interface Change {
  id: string;
  action: string;
  priority?: number;
  state: string;
  examined: number;
  changed: number;
  error?: string;
  created_ts: number;
  finished_ts?: number;
}

/** Seconds. */
const againAfter = '1';

const done: Record<string, string> = {
  retry: 'queued again',
  cancel: 'given up',
  prioritize: 'given another priority',
};

export function addProgressPage(app: Hono<ApiEnv>, { callApi, assets }: PageParts): void {
  app.get('/dashboard/bulk-changes/:id', async (c) => {
    const { tenantId = '' } = await readTenantChoice(c, callApi);
    const path = `/bulk-changes/${encodeURIComponent(c.req.param('id'))}?tenant_id=${encodeURIComponent(tenantId)}`;
    const { status, body } = await callApi<{ change: Change }>(c, 'GET', path);
    if (status !== 200) return c.notFound();
    const { change } = body;
    const isRunning = change.state === 'running';
    if (isRunning) c.header('Refresh', againAfter);
    return c.html(
      <Layout assets={assets} title={`Change of messages: ${change.state}`} caller={c.get('caller')}>
        <p role="status">
          {change.changed} of {change.examined} messages that were looked at have been {done[change.action]}.
        </p>
        {change.error !== undefined && (
          <p class="alert" role="alert">
            It failed: {change.error}
          </p>
        )}
        <p>
          Begun <Time seconds={change.created_ts} />
          {change.finished_ts !== undefined && (
            <>
              , ended <Time seconds={change.finished_ts} />
            </>
          )}
        </p>
        {isRunning && (
          <form method="post">
            <button type="submit">Stop</button>
          </form>
        )}
        <a href="/dashboard/messages">To the messages</a>
      </Layout>,
    );
  });
  app.post('/dashboard/bulk-changes/:id', async (c) => {
    const { tenantId = '' } = await readTenantChoice(c, callApi);
    const query = `tenant_id=${encodeURIComponent(tenantId)}`;
    const id = encodeURIComponent(c.req.param('id'));
    await callApi(c, 'POST', `/bulk-changes/${id}/stop?${query}`);
    return c.redirect(`/dashboard/bulk-changes/${id}?${query}`, 303);
  });
}
