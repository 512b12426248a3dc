// The list of accounts: what waits, how full their windows are, and what holds them back.
import type { Hono } from 'hono';
import type { ApiEnv, Caller } from '../../api/middleware/authenticate.js';
import type { PageParts } from '../page-parts.js';
import { Layout } from '../pages/layout.js';
import { Time } from '../pages/time.js';
import { setupPaths } from '../setup/steps.js';
import {
  BreakerSentence,
  pathOfAccount,
  pathOfTenant,
  queuedIn,
  type ShownAccount,
  StateWord,
  Windows,
} from './shown-account.js';

const atOnce = '50';

const choices = [
  ['', 'all'],
  ['breaker', 'refused by their server'],
  ['limited', 'at their limit'],
  ['suspended', 'suspended'],
  ['waiting', 'with messages to send'],
] as const;

interface AccountList {
  accounts?: ShownAccount[];
  next_cursor?: string;
  detail?: unknown;
}

export function addAccountsPage(app: Hono<ApiEnv>, { callApi, assets }: PageParts): void {
  app.get('/dashboard/accounts', async (c) => {
    const caller = c.get('caller');
    const asked = new URLSearchParams();
    for (const name of ['tenant_id', 'only', 'cursor']) {
      const value = c.req.query(name)?.trim();
      if (value) asked.set(name, value);
    }
    const query = new URLSearchParams([...asked, ['limit', atOnce]]);
    const { status, body } = await callApi<AccountList>(c, 'GET', `/accounts/state?${query}`);
    const next = new URLSearchParams(asked);
    if (body.next_cursor !== undefined) next.set('cursor', body.next_cursor);
    return c.html(
      <Layout assets={assets} title="Accounts" caller={caller}>
        <Filters asked={asked} caller={caller} />
        {body.accounts === undefined ? (
          <p class="alert" role="alert">
            {JSON.stringify(body.detail)}
          </p>
        ) : (
          <AccountTable accounts={body.accounts} />
        )}
        {body.next_cursor !== undefined && <a href={`/dashboard/accounts?${next}`}>Next page</a>}
      </Layout>,
      status as 200,
    );
  });
}

function Filters({ asked, caller }: { asked: URLSearchParams; caller: Caller }) {
  return (
    <form class="filters" method="get">
      {caller.kind === 'admin' && (
        <label>
          Tenant
          <input name="tenant_id" value={asked.get('tenant_id') ?? ''} placeholder="all" />
        </label>
      )}
      <label>
        Accounts
        <select name="only">
          {choices.map(([value, name]) => (
            <option value={value} selected={(asked.get('only') ?? '') === value}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <button type="submit">Show</button>
    </form>
  );
}

export function AccountTable({ accounts }: { accounts: ShownAccount[] }) {
  if (accounts.length === 0)
    return (
      <p>
        No account is like that. <a href={setupPaths.account}>Add an account</a>
      </p>
    );
  return (
    <div class="wide">
      <table>
        <thead>
          <tr>
            {['Account', 'Tenant', 'State', 'Waiting', 'Due since', 'Use of its limits', 'Its server'].map(
              (name) => (
                <th scope="col">{name}</th>
              ),
            )}
          </tr>
        </thead>
        <tbody>
          {accounts.map((account) => (
            <AccountRow account={account} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function AccountRow({ account }: { account: ShownAccount }) {
  const { tenant_id, account_id, state, windows, breaker, oldest_due_ts } = account;
  return (
    <tr>
      <th scope="row">
        {account_id === undefined ? (
          'the account of the installation'
        ) : (
          <a href={pathOfAccount(tenant_id, account_id)}>{account_id}</a>
        )}
      </th>
      <td>
        <a href={pathOfTenant(tenant_id)}>{tenant_id}</a>
      </td>
      <td>
        <StateWord state={state} />
      </td>
      <td>{queuedIn(account)}</td>
      <td>{oldest_due_ts !== undefined && <Time seconds={oldest_due_ts} />}</td>
      <td>
        <Windows windows={windows} />
      </td>
      <td>{breaker && <BreakerSentence breaker={breaker} />}</td>
    </tr>
  );
}
