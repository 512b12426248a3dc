// The list of a tenant's messages, the newest first, searched and filtered, and the way to change many of them.
import type { Hono } from 'hono';
import type { Needs } from '../../api/context.js';
import type { ApiEnv } from '../../api/middleware/authenticate.js';
import type { PageParts } from '../page-parts.js';
import { filterFields, toFilter } from './bulk/selection.js';
import { isHiddenFrom } from './hidden-content.js';
import { Layout } from './layout.js';
import { pathOfMessage, type ShownMessage } from './message-parts.js';
import { Refusal } from './refusal.js';
import { readTenantChoice, TenantField } from './tenant-choice.js';
import { Time } from './time.js';

const atOnce = '50';
const statuses = ['pending', 'deferred', 'sent', 'error'];

interface MessageList {
  messages: ShownMessage[];
  next_cursor?: string;
  detail?: unknown;
}

export function addMessagesPage(
  app: Hono<ApiEnv>,
  ctx: Needs<'config'>,
  { callApi, assets }: PageParts,
): void {
  app.get('/dashboard/messages', async (c) => {
    const choice = await readTenantChoice(c, callApi);
    const { tenantId } = choice;
    const id = c.req.query('id')?.trim();
    if (id && tenantId !== undefined) return c.redirect(pathOfMessage(tenantId, id), 303);
    const fields = c.req.query();
    const isHidden = isHiddenFrom(c, ctx);
    const asked = new URLSearchParams({ limit: atOnce, newest_first: '1', ...toFilter(fields) });
    if (fields.cursor) asked.set('cursor', fields.cursor);
    if (tenantId !== undefined) asked.set('tenant_id', tenantId);
    const { status, body } =
      tenantId === undefined
        ? { status: 200, body: undefined }
        : await callApi<MessageList>(c, 'GET', `/messages?${asked}`);
    const next = new URLSearchParams(fields);
    if (tenantId !== undefined) next.set('tenant_id', tenantId);
    if (body?.next_cursor !== undefined) next.set('cursor', body.next_cursor);
    return c.html(
      <Layout assets={assets} title="Messages" caller={c.get('caller')}>
        <Refusal told={fields.refusal} />
        <form class="filters" method="get">
          <TenantField {...choice} />
          <Filters fields={fields} />
          <button type="submit">Show</button>
        </form>
        {status !== 200 && (
          <p class="alert" role="alert">
            {JSON.stringify(body?.detail)}
          </p>
        )}
        {status === 200 && body !== undefined && tenantId !== undefined && (
          <Found tenantId={tenantId} messages={body.messages} fields={fields} isHidden={isHidden} />
        )}
        {body?.next_cursor !== undefined && <a href={`/dashboard/messages?${next}`}>Older messages</a>}
      </Layout>,
      status as 200,
    );
  });
}

type Fields = Record<string, string>;

function Filters({ fields }: { fields: Fields }) {
  return (
    <>
      <label>
        Id
        <input name="id" />
      </label>
      <TextField name="search" label="Words or addresses" fields={fields} />
      <TextField name="error" label="Part of the error" fields={fields} />
      <label>
        Status
        <select name="status">
          <option value="">all</option>
          {statuses.map((status) => (
            <option selected={fields.status === status}>{status}</option>
          ))}
        </select>
      </label>
      <TextField name="batch_code" label="Batch" fields={fields} />
      <TextField name="account_id" label="Account" fields={fields} />
      <TextField name="since" label="Accepted from (UTC)" fields={fields} type="datetime-local" />
      <TextField name="until" label="Accepted before (UTC)" fields={fields} type="datetime-local" />
    </>
  );
}

function TextField({
  name,
  label,
  fields,
  type,
}: {
  name: string;
  label: string;
  fields: Fields;
  type?: string;
}) {
  return (
    <label>
      {label}
      <input name={name} value={fields[name] ?? ''} type={type} />
    </label>
  );
}

interface FoundProps {
  tenantId: string;
  messages: ShownMessage[];
  fields: Fields;
  /** Whether recipients and subjects are kept from the viewer. */
  isHidden: boolean;
}

/** The messages that were found, with a way to change those that are ticked, or all that fit. */
function Found({ tenantId, messages, fields, isHidden }: FoundProps) {
  if (messages.length === 0)
    return <p>No message matches among those that were looked at. Reported messages go after a while.</p>;
  return (
    <form method="get" action="/dashboard/bulk">
      <input type="hidden" name="tenant_id" value={tenantId} />
      {filterFields.map((name) => (
        <input type="hidden" name={name} value={fields[name] ?? ''} />
      ))}
      <MessageTable tenantId={tenantId} messages={messages} isHidden={isHidden} />
      <p class="buttons">
        <button type="submit">Change those that are ticked …</button>
        <button type="submit" name="all" value="1">
          Change all that fit …
        </button>
      </p>
    </form>
  );
}

function MessageTable({ tenantId, messages, isHidden }: Omit<FoundProps, 'fields'>) {
  return (
    <div class="wide">
      <table>
        <thead>
          <tr>
            <th scope="col">
              <span class="unseen">Ticked</span>
            </th>
            {[
              'Id',
              ...(isHidden ? [] : ['To', 'Subject']),
              'Status',
              'Account',
              'Batch',
              'Accepted',
              'Why',
            ].map((name) => (
              <th scope="col">{name}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {messages.map((message) => (
            <tr>
              <td>
                <input type="checkbox" name="id" value={message.id} aria-label={`Tick ${message.id}`} />
              </td>
              <th scope="row">
                <a href={pathOfMessage(tenantId, message.id)}>{message.id}</a>
              </th>
              {!isHidden && (
                <>
                  <td>{[message.message?.to ?? []].flat().slice(0, 3).join(', ')}</td>
                  <td>{String(message.message?.subject ?? '')}</td>
                </>
              )}
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
