// The same text for all spellings of one address, so that addresses can be compared. No I/O.
import { domainToASCII } from 'node:url';

/**
 * The domain in ASCII and lower case, the local part in lower case. A tag stays (`ann+shop`), because only some servers
 * take it off.
 */
export function canonicalAddress(address: string): string {
  const at = address.lastIndexOf('@');
  const domain = address.slice(at + 1);
  return `${address.slice(0, at)}@${domainToASCII(domain) || domain}`.toLowerCase();
}
