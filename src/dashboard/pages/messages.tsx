// The list of a tenant's messages, filtered by status, batch, account and id.
import type { Hono } from 'hono';
import type { ApiEnv } from '../../api/middleware/authenticate.js';
import type { PageParts } from '../page-parts.js';
import { Layout } from './layout.js';
import { pathOfMessage, type ShownMessage } from './message-parts.js';
import { readTenantChoice, TenantField } from './tenant-choice.js';
import { Time } from './time.js';

const atOnce = '50';
const filters = ['status', 'batch_code', 'account_id'] as const;
const statuses = ['pending', 'deferred', 'sent', 'error'];

interface MessageList {
  messages: ShownMessage[];
  next_cursor?: string;
  detail?: unknown;
}

export function addMessagesPage(app: Hono<ApiEnv>, { callApi, assets }: PageParts): void {
  app.get('/dashboard/messages', async (c) => {
    const choice = await readTenantChoice(c, callApi);
    const { tenantId } = choice;
    const id = c.req.query('id')?.trim();
    if (id && tenantId !== undefined) return c.redirect(pathOfMessage(tenantId, id), 303);
    const asked = new URLSearchParams({ limit: atOnce });
    for (const name of [...filters, 'cursor']) {
      const value = c.req.query(name)?.trim();
      if (value) asked.set(name, value);
    }
    if (tenantId !== undefined) asked.set('tenant_id', tenantId);
    const { status, body } =
      tenantId === undefined
        ? { status: 200, body: undefined }
        : await callApi<MessageList>(c, 'GET', `/messages?${asked}`);
    const next = new URLSearchParams(asked);
    next.delete('limit');
    if (body?.next_cursor !== undefined) next.set('cursor', body.next_cursor);
    return c.html(
      <Layout assets={assets} title="Messages" caller={c.get('caller')}>
        <form class="filters" method="get">
          <TenantField {...choice} />
          <Filters asked={asked} />
          <button type="submit">Show</button>
        </form>
        {status !== 200 && (
          <p class="alert" role="alert">
            {JSON.stringify(body?.detail)}
          </p>
        )}
        {status === 200 && body !== undefined && tenantId !== undefined && (
          <MessageTable tenantId={tenantId} messages={body.messages} />
        )}
        {body?.next_cursor !== undefined && <a href={`/dashboard/messages?${next}`}>Next page</a>}
      </Layout>,
      status as 200,
    );
  });
}

function Filters({ asked }: { asked: URLSearchParams }) {
  return (
    <>
      <label>
        Id
        <input name="id" />
      </label>
      <label>
        Status
        <select name="status">
          <option value="">all</option>
          {statuses.map((status) => (
            <option selected={asked.get('status') === status}>{status}</option>
          ))}
        </select>
      </label>
      <label>
        Batch
        <input name="batch_code" value={asked.get('batch_code') ?? ''} />
      </label>
      <label>
        Account
        <input name="account_id" value={asked.get('account_id') ?? ''} />
      </label>
    </>
  );
}

function MessageTable({ tenantId, messages }: { tenantId: string; messages: ShownMessage[] }) {
  if (messages.length === 0)
    return <p>No message matches. Messages that have been reported go after a while.</p>;
  return (
    <div class="wide">
      <table>
        <thead>
          <tr>
            {['Id', 'Status', 'Account', 'Batch', 'Accepted', 'Why'].map((name) => (
              <th scope="col">{name}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {messages.map((message) => (
            <tr>
              <th scope="row">
                <a href={pathOfMessage(tenantId, message.id)}>{message.id}</a>
              </th>
              <td>
                <span class={`status ${message.status}`}>{message.status}</span>
              </td>
              <td>{message.account_id}</td>
              <td>{message.batch_code}</td>
              <td>
                <Time seconds={Date.parse(message.created_at) / 1000} />
              </td>
              <td>{message.error ?? message.deferred_reason ?? message.bounce_reason}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
