// The list of tenants, each with a link to its page. A tenant's own session is led to its page.
import type { Hono } from 'hono';
import type { ApiEnv } from '../../api/middleware/authenticate.js';
import type { PageParts } from '../page-parts.js';
import { Layout } from '../pages/layout.js';
import { Time } from '../pages/time.js';
import { setupPaths } from '../setup/steps.js';
import { pathOfTenant } from './shown-account.js';

const atOnce = '100';

interface SyncList {
  tenants?: {
    id: string;
    name?: string;
    active: boolean;
    client_base_url?: string;
    last_sync_ts?: number;
    next_sync_due: boolean;
    gone?: true;
    fault?: string;
  }[];
  next_cursor?: string;
  detail?: unknown;
}

export function addTenantsPage(app: Hono<ApiEnv>, { callApi, assets }: PageParts): void {
  app.get('/dashboard/tenants', async (c) => {
    const caller = c.get('caller');
    if (caller.kind === 'tenant') return c.redirect(pathOfTenant(caller.tenantId), 303);
    const cursor = c.req.query('cursor');
    const query = new URLSearchParams({ limit: atOnce, ...(cursor && { cursor }) });
    const { status, body } = await callApi<SyncList>(c, 'GET', `/tenants/sync-status?${query}`);
    const { tenants, next_cursor } = body;
    return c.html(
      <Layout assets={assets} title="Tenants" caller={caller}>
        {tenants === undefined ? (
          <p class="alert" role="alert">
            {JSON.stringify(body.detail)}
          </p>
        ) : (
          <TenantTable tenants={tenants} />
        )}
        {tenants !== undefined && tenants.length > 0 && <a href={setupPaths.tenant}>Add a tenant</a>}
        {next_cursor !== undefined && (
          <a href={`/dashboard/tenants?${new URLSearchParams({ cursor: next_cursor })}`}>Next page</a>
        )}
      </Layout>,
      status as 200,
    );
  });
}

function TenantTable({ tenants }: { tenants: NonNullable<SyncList['tenants']> }) {
  if (tenants.length === 0)
    return (
      <p>
        There is no tenant yet. <a href={setupPaths.tenant}>Add the first one</a>
      </p>
    );
  return (
    <div class="wide">
      <table>
        <thead>
          <tr>
            {['Tenant', 'Name', 'Active', 'Its application', 'Last report', 'Reports'].map((name) => (
              <th scope="col">{name}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {tenants.map(({ id, name, active, client_base_url, last_sync_ts, next_sync_due, gone, fault }) => (
            <tr>
              <th scope="row">
                <a href={pathOfTenant(id)}>{id}</a>
              </th>
              <td>{name}</td>
              <td>{active ? 'yes' : 'no'}</td>
              <td>{client_base_url}</td>
              <td>{last_sync_ts !== undefined && <Time seconds={last_sync_ts} />}</td>
              <td>{fault ?? (gone ? 'the endpoint is gone (410)' : next_sync_due ? 'due' : '')}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
