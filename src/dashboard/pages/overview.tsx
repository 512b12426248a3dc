// The first page: whether mail is sent, and how much waits.
import type { Hono } from 'hono';
import type { ApiEnv } from '../../api/middleware/authenticate.js';
import type { PageParts } from '../page-parts.js';
import { Layout } from './layout.js';

interface Status {
  active: boolean;
  redis: string;
  pending_messages: number;
}

export function addOverview(app: Hono<ApiEnv>, { callApi, assets }: PageParts): void {
  app.get('/', async (c) => {
    const { body: status } = await callApi<Status>(c, 'GET', '/status');
    const faults = [
      ...(status.active ? [] : ['All sending is stopped. POST /commands/activate?all=true starts it.']),
      ...(status.redis === 'ok' ? [] : [`Redis: ${status.redis}`]),
    ];
    return c.html(
      <Layout assets={assets} title="Overview" caller={c.get('caller')}>
        {faults.map((fault) => (
          <p class="alert" role="alert">
            {fault}
          </p>
        ))}
        <dl class="numbers">
          <div>
            <dt>Messages waiting</dt>
            <dd>{status.pending_messages}</dd>
          </div>
        </dl>
      </Layout>,
    );
  });
}
