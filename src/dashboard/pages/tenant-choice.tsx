// Whose messages a page shows: those of the tenant that is logged in, or of the one that the admin chooses.
import type { Context as HttpContext } from 'hono';
import type { ApiEnv } from '../../api/middleware/authenticate.js';
import type { CallApi } from '../call-api.js';

interface TenantChoice {
  /** Undefined while the admin has not chosen one. */
  tenantId: string | undefined;
  /** What the admin can choose from; undefined for a tenant, who has no choice. */
  tenants: string[] | undefined;
}

/** An admin of one tenant need not choose. */
export async function readTenantChoice(c: HttpContext<ApiEnv>, callApi: CallApi): Promise<TenantChoice> {
  const caller = c.get('caller');
  if (caller.kind === 'tenant') return { tenantId: caller.tenantId, tenants: undefined };
  const { body } = await callApi<{ tenants: { id: string }[] }>(c, 'GET', '/tenants');
  const tenants = body.tenants.map(({ id }) => id);
  const asked = c.req.query('tenant_id') ?? '';
  return { tenantId: asked === '' && tenants.length === 1 ? tenants[0] : asked || undefined, tenants };
}

export function TenantField({ tenantId, tenants }: TenantChoice) {
  if (tenants === undefined) return null;
  return (
    <label>
      Tenant
      <select name="tenant_id" required>
        {tenantId === undefined && <option value="">Choose one</option>}
        {tenants.map((id) => (
          <option value={id} selected={id === tenantId}>
            {id}
          </option>
        ))}
      </select>
    </label>
  );
}
