// The same text for all spellings of one address, so that addresses can be compared. No I/O.
import { domainToASCII } from 'node:url';

/** What needs no quotation marks (RFC 5321 section 4.1.2). */
const dotAtom = /^[^\s"(),:;<>@[\\\].]+(?:\.[^\s"(),:;<>@[\\\].]+)*$/u;

/**
 * The domain in ASCII and lower case, without a dot at its end. The local part in lower case, with its characters composed,
 * and without quotation marks that it does not need. A tag stays (`ann+shop`), because only some servers take it off.
 */
export function canonicalAddress(address: string): string {
  const at = address.lastIndexOf('@');
  const domain = address.slice(at + 1).replace(/\.$/, '');
  const local = address.slice(0, Math.max(at, 0));
  return `${unquoted(local).normalize('NFC')}@${domainToASCII(domain) || domain}`.toLowerCase();
}

function unquoted(local: string): string {
  if (!local.startsWith('"') || !local.endsWith('"') || local.length < 3) return local;
  const text = local.slice(1, -1).replace(/\\(.)/g, '$1');
  return dotAtom.test(text) ? text : local;
}
