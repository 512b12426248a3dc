// The first step: the admin adds a tenant, and is shown its API key once.
import type { Hono } from 'hono';
import type { ApiEnv } from '../../api/middleware/authenticate.js';
import type { PageParts } from '../page-parts.js';
import { Layout } from '../pages/layout.js';
import { Field, Refused, Steps, setupPaths } from './steps.js';

interface Added {
  api_key?: string;
  detail?: unknown;
}

export function addTenantStep(app: Hono<ApiEnv>, { callApi, assets }: PageParts): void {
  app.use(setupPaths.tenant, async (c, next) => {
    if (c.get('caller').kind !== 'admin') return c.redirect(setupPaths.account, 303);
    await next();
  });
  app.get(setupPaths.tenant, (c) =>
    c.html(
      <Layout assets={assets} title="Add a tenant" caller={c.get('caller')}>
        <TenantForm typed={{}} />
      </Layout>,
    ),
  );
  app.post(setupPaths.tenant, async (c) => {
    const form = await c.req.parseBody();
    const text = (name: string) => String(form[name] ?? '').trim();
    const typed = { id: text('id'), name: text('name'), client_base_url: text('client_base_url') };
    const refuse = (detail: unknown, status: number) =>
      c.html(
        <Layout assets={assets} title="Add a tenant" caller={c.get('caller')}>
          <TenantForm typed={typed} detail={detail} />
        </Layout>,
        status as 200,
      );
    // `POST /tenant` would replace the settings of a tenant that exists.
    const known = await callApi(c, 'GET', `/tenant/${encodeURIComponent(typed.id)}`);
    if (known.status === 200) return refuse(`There is a tenant ${typed.id} already.`, 409);
    const { status, body } = await callApi<Added>(c, 'POST', '/tenant', {
      id: typed.id,
      ...(typed.name !== '' && { name: typed.name }),
      ...(typed.client_base_url !== '' && { client_base_url: typed.client_base_url }),
    });
    if (status !== 200) return refuse(body.detail, status);
    c.header('Cache-Control', 'no-store');
    return c.html(
      <Layout assets={assets} title={`Tenant ${typed.id} is added`} caller={c.get('caller')}>
        <NewTenant id={typed.id} apiKey={body.api_key} />
      </Layout>,
    );
  });
}

interface TenantFormProps {
  typed: { id?: string; name?: string; client_base_url?: string };
  /** Why the API refused it. */
  detail?: unknown;
}

function TenantForm({ typed, detail }: TenantFormProps) {
  return (
    <>
      <Steps now="tenant" />
      <Refused detail={detail} />
      <p>A tenant is an application that sends mail. It has its own token, accounts and messages.</p>
      <form method="post" class="card">
        <Field name="id" label="Id" value={typed.id} required hint="Such as shop. It cannot be changed." />
        <Field name="name" label="Name" value={typed.name} hint="For people to read." />
        <Field
          name="client_base_url"
          label="Address of the application"
          value={typed.client_base_url}
          hint="Where results are reported, such as https://shop.example.com. It can be set later."
        />
        <button type="submit">Add the tenant</button>
      </form>
    </>
  );
}

function NewTenant({ id, apiKey }: { id: string; apiKey: string | undefined }) {
  return (
    <>
      <Steps now="tenant" />
      {apiKey !== undefined && (
        <section class="card" aria-labelledby="api-key">
          <h2 id="api-key">Its API key</h2>
          <p>
            <code class="secret">{apiKey}</code>
          </p>
          <p class="hint">
            Keep it now: it is not shown again. The application sends it as the header X-API-Token.
          </p>
        </section>
      )}
      <p>
        <a class="next" href={`${setupPaths.account}?tenant_id=${encodeURIComponent(id)}`}>
          Next: add an account to send with
        </a>
      </p>
    </>
  );
}
