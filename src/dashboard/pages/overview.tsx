// The first page: what needs attention, what was sent lately, and the tenants; it stops and starts sending.
import type { Hono, Context as HttpContext } from 'hono';
import type { ApiContext } from '../../api/context.js';
import type { ApiEnv } from '../../api/middleware/authenticate.js';
import { AttentionList } from '../overview/attention-list.js';
import { FiguresView } from '../overview/figures.js';
import { rangeIn } from '../overview/range-in.js';
import { readOverview } from '../overview/read-overview.js';
import type { PageParts } from '../page-parts.js';
import { findNextStep, NextStepLink } from '../setup/next-step.js';
import { setupPaths } from '../setup/steps.js';
import { Action } from './action.js';
import { Layout } from './layout.js';
import { Refusal } from './refusal.js';

interface Status {
  active: boolean;
}

interface Tenant {
  id: string;
  name?: string;
  active: boolean;
}

/** What the forms of the page may ask the API for, and which of their fields it is told. */
const commands = ['run-now', 'suspend', 'activate'];
const fields = ['tenant_id', 'batch_code', 'all'];

export function addOverview(app: Hono<ApiEnv>, ctx: ApiContext, { callApi, assets }: PageParts): void {
  app.get('/', async (c) => {
    const caller = c.get('caller');
    const tenantId = caller.kind === 'tenant' ? caller.tenantId : undefined;
    const [{ attention, ...figures }, tenants, { body: status }] = await Promise.all([
      readOverview(ctx, { tenantId, range: rangeIn(c.req.query('range')) }),
      readTenants(c, callApi),
      callApi<Status>(c, 'GET', '/status'),
    ]);
    const nextStep = await findNextStep(c, callApi, tenants);
    return c.html(
      <Layout assets={assets} title="Overview" caller={caller}>
        <Refusal told={c.req.query('refusal')} />
        <NextStepLink step={nextStep} />
        <section aria-labelledby="attention">
          <h2 id="attention">What needs attention</h2>
          <div id="attention-list">
            <AttentionList found={attention} />
          </div>
        </section>
        <FiguresView {...figures} assets={assets} />
        <h2>Sending</h2>
        <Action command="run-now" title="Look for due messages now" button="Look now">
          Due messages and overdue reports are looked for at once, instead of with the next sweep.
        </Action>
        {caller.kind === 'admin' && <StopAll active={status.active} />}
        <Tenants tenants={tenants} isAdmin={caller.kind === 'admin'} />
      </Layout>,
    );
  });
  app.post('/dashboard/commands/:command', async (c) => {
    const command = c.req.param('command');
    if (!commands.includes(command)) return c.notFound();
    const form = await c.req.parseBody();
    const query = new URLSearchParams();
    for (const name of fields) if (typeof form[name] === 'string') query.set(name, form[name]);
    const { status, body } = await callApi<{ detail?: unknown }>(c, 'POST', `/commands/${command}?${query}`);
    const refusal = status === 200 ? '' : `?refusal=${encodeURIComponent(JSON.stringify(body.detail))}`;
    return c.redirect(`/${refusal}`, 303);
  });
}

async function readTenants(c: HttpContext<ApiEnv>, callApi: PageParts['callApi']): Promise<Tenant[]> {
  const caller = c.get('caller');
  if (caller.kind === 'admin')
    return (await callApi<{ tenants: Tenant[] }>(c, 'GET', '/tenants')).body.tenants;
  const own = await callApi<Tenant>(c, 'GET', `/tenant/${encodeURIComponent(caller.tenantId)}`);
  return own.status === 200 ? [own.body] : [];
}

function StopAll({ active }: { active: boolean }) {
  if (active)
    return (
      <Action command="suspend" fields={{ all: 'true' }} title="Stop all sending" button="Stop all sending">
        No message of any tenant is sent until sending is started again. Messages are still accepted.
      </Action>
    );
  return (
    <Action command="activate" fields={{ all: 'true' }} title="Start sending" button="Start sending">
      What has come due meanwhile is sent at once.
    </Action>
  );
}

function Tenants({ tenants, isAdmin }: { tenants: Tenant[]; isAdmin: boolean }) {
  if (tenants.length === 0) return null;
  return (
    <section aria-labelledby="tenants">
      <h2 id="tenants">Tenants</h2>
      <p>
        {isAdmin && <a href={setupPaths.tenant}>Add a tenant</a>}{' '}
        <a href={setupPaths.account}>Add an account</a>
      </p>
      <div class="wide">
        <table>
          <tbody>
            {tenants.map(({ id, name, active }) => (
              <tr>
                <th scope="row">
                  <a href={`/dashboard/messages?tenant_id=${encodeURIComponent(id)}`}>{id}</a>
                </th>
                <td>{name}</td>
                <td>{active ? 'active' : 'not active'}</td>
                <td>
                  <Action command="suspend" fields={{ tenant_id: id }} title="Stop" button={`Stop ${id}`}>
                    No message of {id} is sent until it is started again. Messages are still accepted.
                  </Action>
                </td>
                <td>
                  <Action command="activate" fields={{ tenant_id: id }} title="Start" button={`Start ${id}`}>
                    All batches of {id} are sent again, at once what has come due.
                  </Action>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
