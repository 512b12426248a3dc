// The recipients of a message: the addresses that its mail is sent to, in an order that stays. No I/O.
import { withAsciiDomain } from './header/addresses.js';
import type { MessageHead } from './message.js';

/**
 * Has each address of to, cc and bcc once. Domains compare without case (RFC 5321 section 2.4), and are written in ASCII,
 * which every server takes (RFC 5890 section 2.3.2.1).
 */
export function recipientsOf({ to, cc = [], bcc = [] }: Pick<MessageHead, 'to' | 'cc' | 'bcc'>): string[] {
  const seen = new Map<string, string>();
  for (const { address } of [...to, ...cc, ...bcc]) {
    const ascii = withAsciiDomain(address);
    const at = ascii.lastIndexOf('@');
    const key = ascii.slice(0, at) + ascii.slice(at).toLowerCase();
    if (!seen.has(key)) seen.set(key, ascii);
  }
  return [...seen.values()];
}
