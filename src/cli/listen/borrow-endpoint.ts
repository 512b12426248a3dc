// Points the endpoint of a tenant elsewhere for a while, and puts it back as it was.
import { Fault, reasonOf } from '../../errors.js';
import type { CallApi } from '../call-api.js';

interface Tenant {
  client_base_url?: string;
  client_auth?: { method: string; user?: string; token?: string; password?: string };
  webhook_secret?: string;
}

export interface Borrowed {
  /** With which reports are signed meanwhile; undefined: the tenant had one, which nobody can read. */
  secret: string | undefined;
  putBack(): Promise<void>;
}

/** Whether reports to the tenant carry a password or token, which the service sends nowhere else without being given it anew. */
export async function hasLogin(api: CallApi, tenantId: string): Promise<boolean> {
  const { client_auth } = await api<Tenant>('GET', `/tenant/${encodeURIComponent(tenantId)}`);
  return client_auth?.token !== undefined || client_auth?.password !== undefined;
}

/** @param login the token or password of the tenant's application; needed where it has one */
export async function borrowEndpoint(
  api: CallApi,
  tenantId: string,
  url: string,
  login: string | undefined,
): Promise<Borrowed> {
  const path = `/tenant/${encodeURIComponent(tenantId)}`;
  const before = await api<Tenant>('GET', path);
  const { method = 'none', user } = before.client_auth ?? {};
  const auth = method === 'basic' ? { method, user, password: login } : { method, token: login };
  const change = (base: string | null) =>
    api('PUT', path, { body: { client_base_url: base, ...(login !== undefined && { client_auth: auth }) } });
  await change(url);
  const isNew = before.webhook_secret === undefined;
  try {
    const made = isNew ? await api<{ webhook_secret: string }>('POST', `${path}/webhook-secret`) : undefined;
    return {
      secret: made?.webhook_secret,
      async putBack() {
        try {
          await change(before.client_base_url ?? null);
          if (isNew) await api('DELETE', `${path}/webhook-secret`);
        } catch (error) {
          const next = `mail-proxy tenants update ${tenantId} --base-url ${before.client_base_url ?? "''"}`;
          throw new Fault(
            'bad_request',
            `${reasonOf(error)}\nThe endpoint is not as it was. Put it back: ${next}`,
          );
        }
      },
    };
  } catch (error) {
    await change(before.client_base_url ?? null);
    throw error;
  }
}
