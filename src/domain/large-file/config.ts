// What a tenant has set for large attachments. No I/O.

/** Where links lead: to the service's own page, to the storage itself by a signed URL, or to a web server in front of it. */
export const linkTypes = ['page', 'presigned', 'public'] as const;

export interface LinkText {
  heading?: string;
  entry?: string;
}

/** As it is stored, without the secret of the storage. */
export interface LargeFileConfig {
  enabled?: boolean;
  max_size_mb?: number;
  storage_url?: string;
  storage_auth?: { user?: string };
  link_type?: (typeof linkTypes)[number];
  public_base_url?: string;
  file_ttl_days?: number;
  lifespan_after_download_days?: number;
  action?: 'warn' | 'reject' | 'rewrite';
  language?: string;
  link_texts?: Record<string, LinkText>;
}

/** What the service shows the storage; both absent: it finds its login in its environment. */
export interface StorageLogin {
  user?: string | undefined;
  password?: string | undefined;
}

const defaultMaxMb = 10;
const defaultTtlDays = 30;
const dayMs = 86_400_000;

/** The size over which an attachment is large. */
export function mostBytes({ max_size_mb = defaultMaxMb }: LargeFileConfig): number {
  return max_size_mb * 1024 * 1024;
}

export function ttlMs({ file_ttl_days = defaultTtlDays }: LargeFileConfig): number {
  return file_ttl_days * dayMs;
}

/** How long a file is there after its first download; undefined: as long as without it. */
export function lifespanMs({ lifespan_after_download_days: days }: LargeFileConfig): number | undefined {
  return days === undefined ? undefined : days * dayMs;
}

/** Where no type is set: the page, as far as the service knows its own address. @param ownUrl `GMP_PUBLIC_URL` */
export function linkTypeOf(
  config: LargeFileConfig,
  ownUrl: string | undefined,
): LargeFileConfig['link_type'] {
  const hasBase = (config.public_base_url ?? ownUrl) !== undefined;
  const canSign = config.storage_url !== undefined && !/^file:/i.test(config.storage_url);
  return config.link_type ?? (hasBase || !canSign ? 'page' : 'presigned');
}

/** @returns the field and what is wrong with it, where large files could not be put into links */
export function faultOfLinks(
  config: LargeFileConfig,
  ownUrl: string | undefined,
): { field: string; reason: string } | undefined {
  if (!config.enabled || config.action !== 'rewrite') return undefined;
  const { storage_url, public_base_url } = config;
  if (storage_url === undefined) return { field: 'storage_url', reason: 'is needed with the action rewrite' };
  const type = linkTypeOf(config, ownUrl);
  if (type === 'public' && public_base_url === undefined)
    return { field: 'public_base_url', reason: 'is needed with the link_type public' };
  if (type === 'page' && (public_base_url ?? ownUrl) === undefined)
    return { field: 'public_base_url', reason: 'is needed, because GMP_PUBLIC_URL is not set' };
  if (type === 'presigned' && /^file:/i.test(storage_url))
    return { field: 'link_type', reason: 'is presigned, which a file:// storage cannot do' };
  return faultOfTimes(config);
}

/** The longest time for which s3 and gs sign a link. */
const signedDays = 7;

/** Only of a type that is stated: what the service chooses by itself must not refuse settings that were meant for the page. */
function faultOfTimes({
  link_type,
  storage_url = '',
  file_ttl_days = 0,
  lifespan_after_download_days,
}: LargeFileConfig): { field: string; reason: string } | undefined {
  if (link_type === 'presigned' && file_ttl_days > signedDays && /^(s3|gs):/i.test(storage_url))
    return {
      field: 'file_ttl_days',
      reason: `is over ${signedDays}, for which no presigned link of s3:// and gs:// is valid; the link_type page has no such bound`,
    };
  if (link_type === undefined || link_type === 'page' || lifespan_after_download_days === undefined)
    return undefined;
  return {
    field: 'lifespan_after_download_days',
    reason: `cannot begin with the link_type ${link_type}, because only the page of the service learns of a download`,
  };
}
