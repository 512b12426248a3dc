// The first page: what needs attention, how much waits, and the tenants; it stops and starts sending.
import type { Hono, Context as HttpContext } from 'hono';
import type { ApiEnv } from '../../api/middleware/authenticate.js';
import type { PageParts } from '../page-parts.js';
import { Action } from './action.js';
import { Layout } from './layout.js';

interface Status {
  active: boolean;
  redis: string;
  pending_messages: number;
}

interface Tenant {
  id: string;
  name?: string;
  active: boolean;
}

/** What the forms of the page may ask the API for, and which of their fields it is told. */
const commands = ['run-now', 'suspend', 'activate'];
const fields = ['tenant_id', 'batch_code', 'all'];

export function addOverview(app: Hono<ApiEnv>, { callApi, assets }: PageParts): void {
  app.get('/', async (c) => {
    const [{ body: status }, tenants] = await Promise.all([
      callApi<Status>(c, 'GET', '/status'),
      readTenants(c, callApi),
    ]);
    return c.html(
      <Layout assets={assets} title="Overview" caller={c.get('caller')}>
        <Faults status={status} refusal={c.req.query('refusal')} />
        <dl class="numbers">
          <div>
            <dt>Messages waiting</dt>
            <dd>{status.pending_messages}</dd>
          </div>
        </dl>
        <Action command="run-now" title="Look for due messages now" button="Look now">
          Due messages and overdue reports are looked for at once, instead of with the next sweep.
        </Action>
        {c.get('caller').kind === 'admin' && <StopAll active={status.active} />}
        <Tenants tenants={tenants} />
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

function Faults({ status, refusal }: { status: Status; refusal: string | undefined }) {
  const faults = [
    ...(status.active ? [] : ['All sending is stopped. Messages are accepted and wait.']),
    ...(status.redis === 'ok' ? [] : [`Redis: ${status.redis}`]),
    ...(refusal === undefined ? [] : [`That was refused: ${refusal}`]),
  ];
  return (
    <>
      {faults.map((fault) => (
        <p class="alert" role="alert">
          {fault}
        </p>
      ))}
    </>
  );
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

function Tenants({ tenants }: { tenants: Tenant[] }) {
  if (tenants.length === 0)
    return (
      <p>
        There is no tenant yet. <code>mail-proxy tenants add</code> makes the first one,{' '}
        <code>mail-proxy accounts add</code> its account.
      </p>
    );
  return (
    <section aria-labelledby="tenants">
      <h2 id="tenants">Tenants</h2>
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
