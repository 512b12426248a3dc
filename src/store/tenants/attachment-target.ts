// Where the attachments of a tenant are fetched that its own endpoint has.
import type { Needs } from '../context.js';
import { openClientAuth } from './client-secret.js';
import type { ClientAuth } from './tenants.js';

interface AttachmentTarget {
  url: string;
  auth: ClientAuth;
  /** Whether the admin named the address, so that it may be in a private network. */
  isTrusted: boolean;
}

/** @returns undefined when the tenant has no endpoint. @throws Fault `wrong_encryption_key` */
export async function findAttachmentTarget(
  ctx: Needs<'db' | 'secrets'>,
  tenantId: string,
): Promise<AttachmentTarget | undefined> {
  const tenant = await ctx.db.read.tenant.findUnique({ where: { id: tenantId } });
  if (tenant === null || tenant.clientBaseUrl === null) return undefined;
  return {
    url:
      tenant.clientBaseUrl.replace(/\/+$/, '') + (tenant.clientAttachmentPath ?? '/mail-proxy/attachments'),
    auth: openClientAuth(ctx, tenant),
    isTrusted:
      tenant.adminBaseUrl === tenant.clientBaseUrl &&
      tenant.adminAttachmentPath === tenant.clientAttachmentPath,
  };
}
