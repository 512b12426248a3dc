// The second step: adds an SMTP account with the values of its provider, and keeps it only when the login works.
import type { Hono, Context as HttpContext } from 'hono';
import type { ApiEnv } from '../../api/middleware/authenticate.js';
import { mailProviders } from '../../domain/mail-providers.js';
import type { PageParts } from '../page-parts.js';
import { Layout } from '../pages/layout.js';
import { readTenantChoice } from '../pages/tenant-choice.js';
import { type AccountFields, AccountForm, accountOf, readAccountFields } from './account-form.js';
import { Refused, Steps, setupPaths } from './steps.js';

export function addAccountStep(app: Hono<ApiEnv>, parts: PageParts): void {
  const { callApi } = parts;
  app.get(setupPaths.account, async (c) => {
    const choice = await readTenantChoice(c, callApi);
    if (choice.tenants?.length === 0) return c.redirect(setupPaths.tenant, 303);
    return c.html(
      <AccountPage
        {...parts}
        c={c}
        choice={choice}
        provider={findProvider(c.req.query('provider'))}
        isChosen={c.req.query('provider') !== undefined}
      />,
    );
  });
  app.post(setupPaths.account, async (c) => {
    const form = await c.req.parseBody();
    const text = (name: string) => (typeof form[name] === 'string' ? form[name].trim() : '');
    const caller = c.get('caller');
    const tenantId = caller.kind === 'tenant' ? caller.tenantId : text('tenant_id');
    const provider = findProvider(text('provider'));
    const fields = readAccountFields(text);
    const refusal = await addAccount(c, parts, { tenantId, fields, provider, isKept: text('keep') !== '' });
    if (refusal === undefined) {
      const query = new URLSearchParams({ tenant_id: tenantId, account_id: fields.id });
      return c.redirect(`${setupPaths.mail}?${query}`, 303);
    }
    const choice = { tenantId, tenants: undefined };
    const { status, ...more } = refusal;
    return c.html(
      <AccountPage {...parts} c={c} choice={choice} provider={provider} isChosen typed={fields} {...more} />,
      status as 200,
    );
  });
}

type Provider = (typeof mailProviders)[number];

function findProvider(id: string | undefined): Provider | undefined {
  return mailProviders.find((one) => one.id === id);
}

interface NewAccount {
  tenantId: string;
  fields: AccountFields;
  provider: Provider | undefined;
  /** Whether it stays when the login fails. */
  isKept: boolean;
}

interface AccountRefusal {
  status: number;
  detail: unknown;
  hasLoginFailed?: boolean;
}

/** @returns why the account was not added; undefined when it was */
async function addAccount(
  c: HttpContext<ApiEnv>,
  { callApi }: PageParts,
  { tenantId, fields, provider, isKept }: NewAccount,
): Promise<AccountRefusal | undefined> {
  const { id } = fields;
  const query = `?tenant_id=${encodeURIComponent(tenantId)}`;
  const path = `/account/${encodeURIComponent(id)}`;
  // `POST /account` would replace an account that exists.
  const known = await callApi(c, 'GET', path + query);
  if (known.status === 200)
    return { status: 409, detail: `The tenant has an account ${id} already. Choose another name.` };
  const account = { ...accountOf(fields, provider), tenant_id: tenantId };
  const added = await callApi<{ detail?: unknown }>(c, 'POST', '/account', account);
  if (added.status !== 200) return { status: added.status, detail: added.body.detail };
  if (isKept) return undefined;
  const tried = await callApi<{ ok?: boolean; error?: string; detail?: unknown }>(
    c,
    'POST',
    `${path}/verify${query}`,
  );
  if (tried.body.ok === true) return undefined;
  // An account that cannot log in is taken away again, so that no message chooses it.
  await callApi(c, 'DELETE', path + query);
  return { status: 400, detail: tried.body.error ?? tried.body.detail, hasLoginFailed: true };
}

interface AccountPageProps extends PageParts {
  c: HttpContext<ApiEnv>;
  choice: { tenantId: string | undefined; tenants: string[] | undefined };
  provider: Provider | undefined;
  /** Whether the provider was chosen, if only as another one. */
  isChosen: boolean;
  typed?: AccountFields;
  detail?: unknown;
  hasLoginFailed?: boolean;
}

function AccountPage(page: AccountPageProps) {
  const { assets, c, choice, provider, isChosen, typed, detail, hasLoginFailed = false } = page;
  return (
    <Layout assets={assets} title="Add an account" caller={c.get('caller')}>
      <Steps now="account" />
      <Refused detail={detail}>
        {hasLoginFailed && 'The account was not kept. Type the password again.'}
      </Refused>
      <ProviderChoice tenantId={choice.tenantId} provider={provider} isChosen={isChosen} />
      {isChosen && (
        <AccountForm choice={choice} provider={provider} typed={typed} hasLoginFailed={hasLoginFailed} />
      )}
    </Layout>
  );
}

/** Fills in the form by loading the page again, so that it works without script. */
function ProviderChoice(
  chosen: Pick<AccountPageProps, 'provider' | 'isChosen'> & { tenantId?: string | undefined },
) {
  const { tenantId, provider, isChosen } = chosen;
  return (
    <form method="get" action={setupPaths.account} class="filters">
      {tenantId !== undefined && <input type="hidden" name="tenant_id" value={tenantId} />}
      <label>
        Who runs the mail server?
        <select name="provider">
          {mailProviders.map(({ id, label }) => (
            <option value={id} selected={id === provider?.id}>
              {label}
            </option>
          ))}
          <option value="other" selected={isChosen && provider === undefined}>
            Another
          </option>
        </select>
      </label>
      <button type="submit">{isChosen ? 'Change' : 'Next'}</button>
    </form>
  );
}
