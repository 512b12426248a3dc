// The page of one tenant: its reports, what is suspended of it, what it uses of its quotas, and its accounts.
import type { Hono } from 'hono';
import type { ApiEnv } from '../../api/middleware/authenticate.js';
import type { PageParts } from '../page-parts.js';
import { Layout } from '../pages/layout.js';
import { Time } from '../pages/time.js';
import { AccountTable } from './accounts.js';
import { ActionLinks, Done } from './action-links.js';
import type { ShownAccount } from './shown-account.js';

interface State {
  active: boolean;
  suspended_batches: string[];
  reports: {
    endpoint?: string;
    last_sync_ts?: number;
    oldest_unreported_ts?: number;
    refusal?: { reason: string; ts: number };
    quiet_until_ts?: number;
    gone?: true;
    fault?: string;
  };
  suppressions: number;
}

interface Tenant {
  id: string;
  name?: string;
  quotas: Record<string, { used: number; limit: number }>;
}

const mostAccounts = 50;

export function addTenantPage(app: Hono<ApiEnv>, { callApi, assets }: PageParts): void {
  app.get('/dashboard/tenants/:id', async (c) => {
    const caller = c.get('caller');
    const id = c.req.param('id');
    const path = `/tenant/${encodeURIComponent(id)}`;
    const query = new URLSearchParams({ tenant_id: id, limit: String(mostAccounts) });
    const [tenant, state, list] = await Promise.all([
      callApi<Tenant>(c, 'GET', path),
      callApi<State>(c, 'GET', `${path}/state`),
      callApi<{ accounts: ShownAccount[]; next_cursor?: string }>(c, 'GET', `/accounts/state?${query}`),
    ]);
    if ([tenant, state, list].some(({ status }) => status !== 200))
      return c.html(
        <Layout assets={assets} title="No such tenant" caller={caller}>
          <p>
            There is no such tenant. <a href="/dashboard/tenants">All tenants</a>
          </p>
        </Layout>,
        404,
      );
    return c.html(
      <Layout assets={assets} title={`Tenant ${id}`} caller={caller}>
        <Done done={c.req.query('done')} />
        <p>
          {tenant.body.name}{' '}
          {!state.body.active && <strong>It is not active; the admin can change that.</strong>}
        </p>
        <Sending id={id} batches={state.body.suspended_batches} />
        <Reports reports={state.body.reports} />
        <Quotas quotas={tenant.body.quotas} suppressions={state.body.suppressions} />
        <section aria-labelledby="accounts">
          <h2 id="accounts">Accounts</h2>
          <AccountTable accounts={list.body.accounts} />
          {list.body.next_cursor !== undefined && (
            <a href={`/dashboard/accounts?${new URLSearchParams({ tenant_id: id })}`}>All accounts</a>
          )}
        </section>
        <p>
          <a href={`/dashboard/messages?${new URLSearchParams({ tenant_id: id })}`}>Its messages</a>
        </p>
      </Layout>,
    );
  });
}

function Sending({ id, batches }: { id: string; batches: string[] }) {
  const isWhole = batches.includes('*');
  return (
    <section aria-labelledby="sending">
      <h2 id="sending">Sending</h2>
      <p>
        {isWhole
          ? 'The tenant is suspended.'
          : batches.length > 0
            ? 'These batches are suspended:'
            : 'Nothing of it is suspended.'}
      </p>
      {!isWhole &&
        batches.map((batch) => (
          <div>
            {batch} <ActionLinks target={{ tenant_id: id, batch_code: batch }} actions={['activate']} />
          </div>
        ))}
      <ActionLinks
        target={{ tenant_id: id }}
        actions={[
          ...(isWhole ? [] : ['suspend' as const]),
          ...(batches.length > 0 ? ['activate' as const] : []),
          'run-now',
        ]}
      />
    </section>
  );
}

function Reports({ reports }: Pick<State, 'reports'>) {
  const { endpoint, last_sync_ts, oldest_unreported_ts, refusal, quiet_until_ts, gone, fault } = reports;
  return (
    <section aria-labelledby="reports">
      <h2 id="reports">Reports</h2>
      <p>
        {endpoint === undefined ? 'Its application is not called.' : `They go to ${endpoint}.`}
        {gone && ' It answered 410 (Gone); change the tenant to try it again.'}
      </p>
      {fault !== undefined && <p class="alert">{fault}</p>}
      {refusal !== undefined && (
        <p class="alert">
          The last one was not acknowledged (<Time seconds={refusal.ts} />
          ): {refusal.reason}
        </p>
      )}
      <ul>
        <li>Last acknowledged: {last_sync_ts === undefined ? 'never' : <Time seconds={last_sync_ts} />}</li>
        <li>
          {oldest_unreported_ts === undefined ? (
            'Everything is reported.'
          ) : (
            <>
              Not reported yet: what happened since <Time seconds={oldest_unreported_ts} />
            </>
          )}
        </li>
        {quiet_until_ts !== undefined && (
          <li>
            It asked not to be called until <Time seconds={quiet_until_ts} />
          </li>
        )}
      </ul>
    </section>
  );
}

const names: Record<string, string> = {
  accounts: 'Accounts',
  queued: 'Messages that are not sent yet',
  stored_mb: 'MiB of contents',
  concurrent_sends: 'Sends at once, in this process',
  concurrent_calls: 'Calls at once, in this process',
};

function Quotas({ quotas, suppressions }: Pick<Tenant, 'quotas'> & Pick<State, 'suppressions'>) {
  return (
    <section aria-labelledby="quotas">
      <h2 id="quotas">What it uses</h2>
      <ul class="windows">
        {Object.entries(quotas).map(([name, { used, limit }]) => (
          <li>
            {limit > 0 && (
              <meter aria-label={names[name] ?? name} max={limit} high={limit * 0.9} value={used} />
            )}{' '}
            {names[name] ?? name}: {used}
            {limit > 0 && ` of ${limit}`}
          </li>
        ))}
        <li>Addresses on its suppression list: {suppressions}</li>
      </ul>
    </section>
  );
}
