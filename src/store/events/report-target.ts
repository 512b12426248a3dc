// Where a tenant's delivery reports go: to its own endpoint, else to the installation's.
import type { Needs } from '../context.js';
import type { Tenant } from '../generated/sqlite/client.js';
import { openClientAuth } from '../tenants/client-secret.js';
import type { ClientAuth } from '../tenants/tenants.js';

export interface ReportTarget {
  url: string;
  auth: ClientAuth;
  /** Whether the operator or the admin named the address, so that it may be in a private network. */
  isTrusted: boolean;
  /** Whether several tenants use this endpoint. Then even a call without entries must name its tenant. */
  shared: boolean;
}

export type EndpointRow = Pick<Tenant, 'clientBaseUrl' | 'clientSyncPath' | 'syncGoneUrl'>;

/** The columns of `EndpointRow`, for a select of Prisma. */
export const endpointColumns = { clientBaseUrl: true, clientSyncPath: true, syncGoneUrl: true } as const;

/** @returns undefined when the tenant is unknown, has no endpoint, or its endpoint answered that it is gone for good */
export async function findReportTarget(
  ctx: Needs<'db' | 'secrets' | 'config'>,
  tenantId: string,
): Promise<ReportTarget | undefined> {
  const tenant = await ctx.db.read.tenant.findUnique({ where: { id: tenantId } });
  const url = tenant === null ? undefined : endpointOf(ctx, tenant);
  if (tenant === null || url === undefined) return undefined;
  if (tenant.clientBaseUrl === null) return { url, auth: sharedAuth(ctx), isTrusted: true, shared: true };
  const auth = openClientAuth(ctx, tenant);
  const isTrusted =
    tenant.adminBaseUrl === tenant.clientBaseUrl && tenant.adminSyncPath === tenant.clientSyncPath;
  return { url, auth, isTrusted, shared: false };
}

/** The address that a tenant's reports go to now; undefined when it has none, or its endpoint is gone. */
export function endpointOf(ctx: Needs<'config'>, tenant: EndpointRow): string | undefined {
  const url = addressOf(ctx, tenant);
  return url === tenant.syncGoneUrl ? undefined : url;
}

/** Whether the tenant's reports wait because its endpoint answered that it is gone. */
export function isGone(ctx: Needs<'config'>, tenant: EndpointRow): boolean {
  return tenant.syncGoneUrl !== null && addressOf(ctx, tenant) === tenant.syncGoneUrl;
}

function addressOf(ctx: Needs<'config'>, { clientBaseUrl, clientSyncPath }: EndpointRow): string | undefined {
  if (clientBaseUrl === null) return ctx.config.clientSyncUrl;
  return clientBaseUrl.replace(/\/+$/, '') + (clientSyncPath ?? '/mail-proxy/sync');
}

function sharedAuth({ config }: Needs<'config'>): ClientAuth {
  if (config.clientSyncToken !== undefined) return { method: 'bearer', token: config.clientSyncToken };
  if (config.clientSyncUser === undefined) return { method: 'none' };
  return { method: 'basic', user: config.clientSyncUser, password: config.clientSyncPassword };
}
