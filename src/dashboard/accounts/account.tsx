// The page of one account: what holds it back, how full its windows are, what its server refused, and what can be done.
import type { Hono } from 'hono';
import type { ApiEnv } from '../../api/middleware/authenticate.js';
import type { PageParts } from '../page-parts.js';
import { Layout } from '../pages/layout.js';
import { readTenantChoice } from '../pages/tenant-choice.js';
import { Time } from '../pages/time.js';
import { ActionLinks, Done } from './action-links.js';
import {
  BreakerSentence,
  pathOfTenant,
  queuedIn,
  type ShownAccount,
  StateWord,
  SuspensionSentence,
  Windows,
} from './shown-account.js';

interface OneAccount extends ShownAccount {
  errors: { smtp_code?: number; count: number; last_ts: number; error: string }[];
}

interface Settings {
  host: string;
  port: number;
  user?: string;
}

export function addAccountPage(app: Hono<ApiEnv>, { callApi, assets }: PageParts): void {
  app.get('/dashboard/accounts/:id', async (c) => {
    const caller = c.get('caller');
    const id = c.req.param('id');
    const named = caller.kind === 'tenant' ? caller.tenantId : c.req.query('tenant_id');
    const tenantId = named || (await readTenantChoice(c, callApi)).tenantId;
    const query = `?tenant_id=${encodeURIComponent(tenantId ?? '')}`;
    const path = `/account/${encodeURIComponent(id)}`;
    const [state, settings] = await Promise.all([
      callApi<OneAccount>(c, 'GET', `${path}/state${query}`),
      callApi<Settings>(c, 'GET', path + query),
    ]);
    if (state.status !== 200 || settings.status !== 200 || tenantId === undefined)
      return c.html(
        <Layout assets={assets} title="No such account" caller={caller}>
          <p>
            The tenant has no account of this id. <a href="/dashboard/accounts">All accounts</a>
          </p>
        </Layout>,
        404,
      );
    return c.html(
      <Layout assets={assets} title={`Account ${id}`} caller={caller}>
        <Done done={c.req.query('done')} />
        <p>
          <StateWord state={state.body.state} /> {settings.body.host}:{settings.body.port}
          {settings.body.user !== undefined && `, user ${settings.body.user}`}, tenant{' '}
          <a href={pathOfTenant(tenantId)}>{tenantId}</a>
        </p>
        <Now account={state.body} />
        <Errors errors={state.body.errors} />
        <Actions account={state.body} />
        <MessageLinks tenantId={tenantId} accountId={id} />
      </Layout>,
    );
  });
}

function Now({ account }: { account: OneAccount }) {
  const { suspended, breaker, windows, sending, max_sending, queued, oldest_due_ts, last_sent_ts } = account;
  return (
    <section aria-labelledby="now">
      <h2 id="now">Now</h2>
      <SuspensionSentence {...(suspended && { suspended })} />
      {breaker && (
        <p class="alert" role="alert">
          <BreakerSentence breaker={breaker} />
        </p>
      )}
      <dl class="numbers">
        <div>
          <dt>Messages waiting</dt>
          <dd>{queuedIn(account)}</dd>
        </div>
        <div>
          <dt>Being sent</dt>
          <dd>
            {sending}
            {max_sending !== undefined && ` of ${max_sending}`}
          </dd>
        </div>
      </dl>
      <p>
        By priority: {queued.immediate} immediate, {queued.high} high, {queued.medium} medium, {queued.low}{' '}
        low.
        {oldest_due_ts !== undefined && (
          <>
            {' '}
            The oldest has been due since <Time seconds={oldest_due_ts} />.
          </>
        )}
        {last_sent_ts !== undefined && (
          <>
            {' '}
            The server last took a mail <Time seconds={last_sent_ts} />.
          </>
        )}
      </p>
      <h3>Use of its limits</h3>
      <Windows windows={windows} />
    </section>
  );
}

function Errors({ errors }: Pick<OneAccount, 'errors'>) {
  return (
    <section aria-labelledby="errors">
      <h2 id="errors">Errors of the last day</h2>
      {errors.length === 0 ? (
        <p>None.</p>
      ) : (
        <section class="wide" aria-labelledby="errors" tabindex={0}>
          <table>
            <thead>
              <tr>
                {['Reply', 'Messages', 'Last', 'What was said then'].map((name) => (
                  <th scope="col">{name}</th>
                ))}
              </tr>
            </thead>
            <tbody>
              {errors.map(({ smtp_code, count, last_ts, error }) => (
                <tr>
                  <th scope="row">{smtp_code ?? 'no reply'}</th>
                  <td>{count}</td>
                  <td>
                    <Time seconds={last_ts} />
                  </td>
                  <td>{error}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </section>
  );
}

function Actions({ account: { tenant_id, account_id = '', suspended, breaker } }: { account: OneAccount }) {
  return (
    <ActionLinks
      target={{ tenant_id, account_id }}
      actions={[
        'verify',
        suspended === 'account' ? 'activate' : 'suspend',
        ...(breaker === undefined ? [] : ['close-breaker' as const]),
        'run-now',
      ]}
    />
  );
}

function MessageLinks({ tenantId, accountId }: { tenantId: string; accountId: string }) {
  const of = (status: string) =>
    `/dashboard/messages?${new URLSearchParams({ tenant_id: tenantId, account_id: accountId, status })}`;
  return (
    <section aria-labelledby="messages">
      <h2 id="messages">Its messages</h2>
      <ul class="links">
        {['pending', 'deferred', 'sent', 'error'].map((status) => (
          <li>
            <a href={of(status)}>{status}</a>
          </li>
        ))}
      </ul>
    </section>
  );
}
