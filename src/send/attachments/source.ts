// Says where an attachment is fetched over HTTP, and with which credentials.

import { readHttpUrl } from '../../dial/http-url.js';
import type { Attachment } from '../../domain/attachment/attachment.js';
import type { Needs } from '../../store/context.js';
import { findAttachmentTarget } from '../../store/tenants/attachment-target.js';
import type { ClientAuth } from '../../store/tenants/tenants.js';
import { AttachmentFault } from './loaded-attachment.js';

export interface Source {
  url: URL;
  /** JSON that is posted; undefined: GET. */
  body: string | undefined;
  auth: ClientAuth;
  /** Whether the admin named the URL, so that it may be in a private network. */
  isTrusted: boolean;
}

/**
 * The credentials of the tenant go to its own endpoint alone, and only where the attachment brings none.
 * @param auth of the attachment
 * @throws AttachmentFault
 */
export async function sourceOf(
  ctx: Needs<'db' | 'secrets'>,
  tenantId: string,
  { mode, path = '' }: Attachment,
  auth: ClientAuth | undefined,
): Promise<Source> {
  if (mode === 'http_url') {
    return { url: toUrl(path), body: undefined, auth: auth ?? { method: 'none' }, isTrusted: false };
  }
  const target = await findAttachmentTarget(ctx, tenantId);
  if (target === undefined)
    throw new AttachmentFault('the tenant has no client_base_url to fetch it from', false);
  return {
    url: toUrl(target.url),
    body: JSON.stringify({ storage_path: path }),
    auth: auth ?? target.auth,
    isTrusted: target.isTrusted,
  };
}

function toUrl(text: string): URL {
  const url = readHttpUrl(text);
  if (typeof url === 'string') throw new AttachmentFault(`its URL ${url}`, false);
  return url;
}
