// Has each content fetched once for all messages that need it at the same time, and not at all where the cache has it.
import { openSharedFlights } from '../../concurrency/shared-flights.js';
import type { Needs } from '../../context.js';
import type { Attachment } from '../../domain/attachment/attachment.js';
import { mimeTypeOfName } from '../../domain/attachment/mime-type.js';
import type { Content } from './cache/kept-content.js';
import { openCache } from './cache/open-cache.js';
import { type Fetcher, openFetcher } from './fetch.js';
import type { LoadedAttachment } from './loaded-attachment.js';
import type { Source } from './source.js';

/** @throws AttachmentFault */
export type FetchAttachment = (
  tenantId: string,
  attachment: Attachment,
  source: Source,
) => Promise<LoadedAttachment>;

type FetchNeeds = Needs<'config' | 'clock' | 'log' | 'secrets'>;

type Obtained = Content & { isCached: boolean };

export function openFetchOnce(
  ctx: FetchNeeds,
  fetcher: Fetcher = openFetcher(ctx),
): { fetch: FetchAttachment; close(): void } {
  const cache = openCache(ctx);
  const share = openSharedFlights<Obtained>();

  async function obtain(
    key: string,
    tenantId: string,
    { mode, md5 }: Attachment,
    source: Source,
  ): Promise<Obtained> {
    const isKept = md5 !== undefined || mode === 'http_url';
    const kept = isKept ? await cache.find(key) : undefined;
    // A content with the stated MD5 is the right one, whatever its source has now.
    if (kept !== undefined && md5 !== undefined) return { ...kept, isCached: true };
    let fetched: Awaited<ReturnType<Fetcher['fetch']>>;
    try {
      fetched = await fetcher.fetch({ tenantId, md5, source, kept: kept?.validators });
    } catch (error) {
      await kept?.close();
      throw error;
    }
    if (fetched === 'unchanged' && kept !== undefined) return { ...kept, isCached: true };
    await kept?.close();
    if (fetched === 'unchanged') throw new Error('The source says that an unknown content is unchanged');
    if (!isKept || !fetched.mayKeep || (md5 === undefined && fetched.validators === undefined))
      return { ...fetched, isCached: false };
    await cache.keep(key, fetched);
    const again = await cache.find(key);
    // The kept copy takes no room of the tenant's share of fetched contents.
    if (again !== undefined) await fetched.close();
    return { ...(again ?? fetched), isCached: false };
  }

  return {
    async fetch(tenantId, attachment, source) {
      const key = keyOf(ctx, tenantId, attachment, source);
      const { result, isShared } = await share(key, () => obtain(key, tenantId, attachment, source));
      const { size, mimeType: recognized, read, close, isCached } = result;
      const mimeType = attachment.mimeType ?? mimeTypeOfName(attachment.filename) ?? recognized;
      return { ...attachment, mimeType, size, isCached: isCached || isShared, read, close };
    },
    close() {
      cache.close();
      fetcher.close();
    },
  };
}

/**
 * The tenant stands in the key, so that none gets what another has fetched by naming its MD5. The credentials do, because
 * others may get another content. The key names a file, and tells nothing of them.
 */
function keyOf({ secrets }: FetchNeeds, tenantId: string, { mode, md5 }: Attachment, source: Source): string {
  const { url, body, auth } = source;
  const asked = md5 === undefined ? [mode, url.href, body ?? null, auth] : ['md5', md5];
  return secrets.fingerprint(JSON.stringify(['attachment', tenantId, ...asked]));
}
