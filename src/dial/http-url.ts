// Reads a URL that a tenant named or a server redirects to: http or https, and no credentials in it.
import type { Needs } from '../context.js';
import { reasonOf } from '../errors.js';
import { checkDestination } from './guard.js';

/** @returns the URL, or what is wrong with it */
export function readHttpUrl(text: string, base?: URL): URL | string {
  if (/[\p{Cc}\p{Cs}]/u.test(text)) return 'contains a control character or half a surrogate pair';
  if (!URL.canParse(text, base?.href)) return 'is not a URL';
  const url = new URL(text, base);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    return 'is neither an http:// nor an https:// URL';
  if (url.username !== '' || url.password !== '') return 'has a user or a password in it; use auth';
  return url;
}

export function hostAndPort(url: URL): { host: string; port: number } {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return { host, port: Number(url.port) || (url.protocol === 'https:' ? 443 : 80) };
}

/** As far as it can be told without a look-up. @returns why a tenant's URL may not be reached */
export function whyUnreachable(ctx: Needs<'config'>, url: URL): string | undefined {
  try {
    checkDestination(ctx, { protocol: 'http', ...hostAndPort(url), isTrusted: false });
    return undefined;
  } catch (error) {
    return reasonOf(error);
  }
}
