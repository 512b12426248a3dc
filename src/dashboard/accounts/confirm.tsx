// Asks before an action and says what it will do, then has the API do it and leads back. Works without script.
import type { Hono, Context as HttpContext } from 'hono';
import type { ApiEnv } from '../../api/middleware/authenticate.js';
import type { PageParts } from '../page-parts.js';
import { Layout } from '../pages/layout.js';
import { type ActionName, actions, isAction, type Target } from './actions.js';
import { pathOfAccount, pathOfTenant } from './shown-account.js';

const fields = ['tenant_id', 'account_id', 'batch_code'] as const;

export function addConfirmPages(app: Hono<ApiEnv>, parts: PageParts): void {
  app.get('/dashboard/do/:action', (c) => {
    const name = c.req.param('action');
    if (!isAction(name)) return c.notFound();
    const target = targetIn(c, c.req.query());
    const { title, says } = actions[name];
    return c.html(
      <Layout assets={parts.assets} title={title} caller={c.get('caller')}>
        <form method="post" class="card">
          <p>{says(target)}</p>
          {Object.entries(target).map(([field, value]) => (
            <input type="hidden" name={field} value={value} />
          ))}
          <button type="submit">{title}</button>
          <a href={backFrom(target)}>Leave it as it is</a>
        </form>
      </Layout>,
    );
  });
  app.post('/dashboard/do/:action', async (c) => {
    const name = c.req.param('action');
    if (!isAction(name)) return c.notFound();
    return perform(c, parts, name, targetIn(c, await c.req.parseBody()));
  });
}

async function perform(
  c: HttpContext<ApiEnv>,
  { callApi, assets }: PageParts,
  name: ActionName,
  target: Target,
): Promise<Response> {
  const { title, call } = actions[name];
  const { status, body } = await callApi<{ ok?: boolean; error?: string; detail?: unknown }>(
    c,
    'POST',
    call(target),
  );
  const back = backFrom(target);
  if (status === 200 && body.ok === true)
    return c.redirect(`${back}${back.includes('?') ? '&' : '?'}done=${name}`, 303);
  const why = body.error ?? (typeof body.detail === 'string' ? body.detail : JSON.stringify(body.detail));
  return c.html(
    <Layout assets={assets} title={title} caller={c.get('caller')}>
      <p class="alert" role="alert">
        {status === 200 ? 'It does not work: ' : 'That was refused: '}
        {why}
      </p>
      <a href={back}>Back</a>
    </Layout>,
    status as 200,
  );
}

/** With the token of a tenant, the tenant of the session unless another is named, which the API then refuses. */
function targetIn(c: HttpContext<ApiEnv>, given: Record<string, unknown>): Target {
  const caller = c.get('caller');
  const target: Target = caller.kind === 'tenant' ? { tenant_id: caller.tenantId } : {};
  for (const field of fields) {
    const value = given[field];
    if (typeof value === 'string' && value !== '') target[field] = value;
  }
  return target;
}

function backFrom({ tenant_id, account_id }: Target): string {
  if (tenant_id === undefined) return '/';
  return account_id === undefined ? pathOfTenant(tenant_id) : pathOfAccount(tenant_id, account_id);
}
