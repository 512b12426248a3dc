// The last step: sends a test mail, and shows how far it is until it was sent or has failed.
import { randomUUID } from 'node:crypto';
import type { Hono } from 'hono';
import type { ApiEnv } from '../../api/middleware/authenticate.js';
import type { PageParts } from '../page-parts.js';
import { Layout } from '../pages/layout.js';
import { pathOfMessage, type ShownMessage } from '../pages/message-parts.js';
import { readTenantChoice, TenantField } from '../pages/tenant-choice.js';
import { Field, Refused, Steps, setupPaths } from './steps.js';

/** Seconds: time enough to reach a link by keyboard before the page loads itself anew. */
const againAfter = '3';

export function addMailStep(app: Hono<ApiEnv>, parts: PageParts): void {
  addMailForm(app, parts);
  addMailProgress(app, parts);
}

function addMailForm(app: Hono<ApiEnv>, { callApi, assets }: PageParts): void {
  app.get(setupPaths.mail, async (c) => {
    const choice = await readTenantChoice(c, callApi);
    if (choice.tenants?.length === 0) return c.redirect(setupPaths.tenant, 303);
    const accountId = c.req.query('account_id') ?? '';
    const query = `?tenant_id=${encodeURIComponent(choice.tenantId ?? '')}`;
    const path = `/account/${encodeURIComponent(accountId)}${query}`;
    const user = accountId === '' ? undefined : (await callApi<{ user?: string }>(c, 'GET', path)).body.user;
    const from = user?.includes('@') ? user : '';
    return c.html(
      <Layout assets={assets} title="Send a test mail" caller={c.get('caller')}>
        <MailForm choice={choice} typed={{ account_id: accountId, from, to: from }} />
      </Layout>,
    );
  });
  app.post(setupPaths.mail, async (c) => {
    const form = await c.req.parseBody();
    const text = (name: string) => (typeof form[name] === 'string' ? form[name].trim() : '');
    const caller = c.get('caller');
    const tenantId = caller.kind === 'tenant' ? caller.tenantId : text('tenant_id');
    const typed = { account_id: text('account_id'), from: text('from'), to: text('to') };
    const id = `test-${randomUUID()}`;
    const { status, body } = await callApi<{ detail?: unknown }>(c, 'POST', '/commands/add-messages', {
      messages: [testMail(id, tenantId, typed)],
    });
    const query = `?tenant_id=${encodeURIComponent(tenantId)}`;
    if (status === 200) return c.redirect(`${setupPaths.mail}/${id}${query}`, 303);
    return c.html(
      <Layout assets={assets} title="Send a test mail" caller={caller}>
        <MailForm choice={{ tenantId, tenants: undefined }} typed={typed} detail={body.detail} />
      </Layout>,
      status as 200,
    );
  });
}

interface Typed {
  account_id: string;
  from: string;
  to: string;
}

function testMail(id: string, tenantId: string, { account_id, from, to }: Typed): object {
  return {
    id,
    tenant_id: tenantId,
    ...(account_id !== '' && { account_id }),
    from,
    to,
    subject: 'A first mail',
    body: 'Sent through mail-proxy: the account works.',
    priority: 'immediate',
  };
}

interface MailFormProps {
  choice: { tenantId: string | undefined; tenants: string[] | undefined };
  typed: Typed;
  /** Why the API refused it. */
  detail?: unknown;
}

function MailForm({ choice, typed, detail }: MailFormProps) {
  return (
    <>
      <Steps now="mail" />
      <Refused detail={detail} />
      <form method="post" action={setupPaths.mail} class="card">
        {choice.tenantId !== undefined && <input type="hidden" name="tenant_id" value={choice.tenantId} />}
        {choice.tenantId === undefined && <TenantField {...choice} />}
        <Field
          name="account_id"
          label="Account"
          value={typed.account_id}
          hint="Empty: the tenant's default."
        />
        <Field
          name="from"
          label="From"
          value={typed.from}
          required
          hint="An address that the account may send as."
        />
        <Field name="to" label="To" value={typed.to} required hint="An address of your own." />
        <button type="submit">Send it</button>
      </form>
    </>
  );
}

interface Explanation {
  reasons: { description: string }[];
}

function addMailProgress(app: Hono<ApiEnv>, { callApi, assets }: PageParts): void {
  app.get(`${setupPaths.mail}/:id`, async (c) => {
    const { tenantId = '' } = await readTenantChoice(c, callApi);
    const path = `/messages/${encodeURIComponent(c.req.param('id'))}`;
    const query = `?tenant_id=${encodeURIComponent(tenantId)}`;
    const [message, explained] = await Promise.all([
      callApi<ShownMessage>(c, 'GET', path + query),
      callApi<Explanation>(c, 'GET', `${path}/explain${query}`),
    ]);
    if (message.status !== 200 || explained.status !== 200) return c.notFound();
    const { id, status } = message.body;
    const hasEnded = status === 'sent' || status === 'error';
    if (!hasEnded) c.header('Refresh', againAfter);
    return c.html(
      <Layout assets={assets} title="The test mail" caller={c.get('caller')}>
        <Steps now="mail" />
        <p role="status">
          <span class={`status ${status}`}>{status}</span>{' '}
          {status === 'sent' && 'The mail server has taken the mail. Look into the mailbox.'}
        </p>
        {status !== 'sent' && (
          <ul>
            {explained.body.reasons.map(({ description }) => (
              <li>{description}</li>
            ))}
          </ul>
        )}
        {status === 'error' && <Refused detail={message.body.error} />}
        <ul class="links">
          <li>
            <a href={pathOfMessage(tenantId, id)}>The page of the message</a>
          </li>
          <li>
            <a href={`${setupPaths.mail}${query}`}>Send another one</a>
          </li>
          <li>
            <a href="/">To the overview</a>
          </li>
        </ul>
      </Layout>,
    );
  });
}
