// The page that says what a change of many messages will do, and asks before it begins.
import type { Hono, Context as HttpContext } from 'hono';
import type { Child } from 'hono/jsx';
import type { ApiEnv } from '../../../api/middleware/authenticate.js';
import type { PageParts } from '../../page-parts.js';
import { Layout } from '../layout.js';
import { Refusal } from '../refusal.js';
import { readTenantChoice } from '../tenant-choice.js';
import { filterFields, filterInWords, toSelection } from './selection.js';

const actions = ['retry', 'cancel', 'prioritize'];

interface Begun {
  change: { id: string };
  detail?: unknown;
}

export function addChangePage(app: Hono<ApiEnv>, { callApi, assets }: PageParts): void {
  app.get('/dashboard/bulk', async (c) => {
    const { tenantId } = await readTenantChoice(c, callApi);
    if (tenantId === undefined) return c.redirect('/dashboard/messages', 303);
    const ids = c.req.queries('id') ?? [];
    const fields = c.req.query();
    const isAll = c.req.query('all') !== undefined;
    if (ids.length === 0 && !isAll) return c.html(<NothingTicked assets={assets} c={c} />);
    const chosen: Chosen = { tenantId, ids: isAll ? [] : ids, fields };
    return c.html(
      <Layout assets={assets} title="Change messages" caller={c.get('caller')}>
        <Refusal told={c.req.query('refusal')} />
        <p>
          Chosen: {chosen.ids.length === 0 ? filterInWords(fields) : `${chosen.ids.length} messages`}, of
          tenant {tenantId}.
        </p>
        <Choices {...chosen} />
      </Layout>,
    );
  });
  app.post('/dashboard/bulk', async (c) => {
    const form = await c.req.parseBody({ all: true });
    const text = (name: string) => (typeof form[name] === 'string' ? form[name] : undefined);
    const action = text('action') ?? '';
    if (!actions.includes(action)) return c.notFound();
    const ids = [form.id ?? []].flat().filter((id) => typeof id === 'string');
    const fields = Object.fromEntries(filterFields.map((name) => [name, text(name)]));
    const tenant = encodeURIComponent(text('tenant_id') ?? '');
    const body = {
      ...toSelection(ids, fields),
      ...(action === 'prioritize' && { priority: Number(text('priority')) }),
    };
    const path = `/commands/${action}-messages?tenant_id=${tenant}`;
    const begun = await callApi<Begun>(c, 'POST', path, body);
    if (begun.status !== 200) {
      const refusal = encodeURIComponent(JSON.stringify(begun.body.detail));
      return c.redirect(`/dashboard/messages?tenant_id=${tenant}&refusal=${refusal}`, 303);
    }
    return c.redirect(`/dashboard/bulk-changes/${begun.body.change.id}?tenant_id=${tenant}`, 303);
  });
}

interface Chosen {
  tenantId: string;
  /** None: all that fit the fields. */
  ids: string[];
  fields: Record<string, string>;
}

function Choices(chosen: Chosen) {
  return (
    <>
      <Choice {...chosen} action="retry" button="Send them again">
        Those that failed, or wait for their next try, are tried at once. A recipient that has the mail does
        not get it again; a mail that failed in doubt may arrive twice.
      </Choice>
      <Choice {...chosen} action="cancel" button="Cancel them">
        Those that are not sent yet are given up, and reported as failed.
      </Choice>
      <Choice {...chosen} action="prioritize" button="Change the priority">
        Those that are not sent yet get another priority.
        <label>
          Priority
          <select name="priority">
            {['immediate', 'high', 'medium', 'low'].map((name, n) => (
              <option value={String(n)}>{name}</option>
            ))}
          </select>
        </label>
      </Choice>
    </>
  );
}

function Choice({ tenantId, ids, fields, action, button, children }: Chosen & ChoiceProps) {
  return (
    <form method="post" action="/dashboard/bulk" class="choice">
      <h2>{button}</h2>
      <input type="hidden" name="action" value={action} />
      <input type="hidden" name="tenant_id" value={tenantId} />
      {ids.map((id) => (
        <input type="hidden" name="id" value={id} />
      ))}
      {ids.length === 0 &&
        filterFields.map((name) => <input type="hidden" name={name} value={fields[name] ?? ''} />)}
      <p>{children}</p>
      <button type="submit">{button}</button>
    </form>
  );
}

interface ChoiceProps {
  action: string;
  button: string;
  /** What will happen. */
  children: Child;
}

function NothingTicked({ assets, c }: Pick<PageParts, 'assets'> & { c: HttpContext<ApiEnv> }) {
  return (
    <Layout assets={assets} title="Change messages" caller={c.get('caller')}>
      <p>
        No message is ticked. <a href="/dashboard/messages">Back to the messages</a>
      </p>
    </Layout>
  );
}
