// Says by which names a client may introduce itself to a mail server (RFC 5321 section 4.1.1.1).
import { isIPv4, isIPv6 } from 'node:net';

const fullName =
  /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?!\d+$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;
const literal = /^\[(?:(IPv6):)?([^\]%]+)\]$/i;

/** Follows the name of the field or setting. */
export const ehloNameRule =
  'is not a fully qualified name such as mail.example.com, nor an address in brackets such as [192.0.2.1]';

/** A name of one label is refused, because many servers refuse it as not fully qualified. */
export function isEhloName(text: string): boolean {
  const [, version, address] = literal.exec(text) ?? [];
  if (address === undefined) return fullName.test(text);
  return version === undefined ? isIPv4(address) : isIPv6(address);
}

/** How an IP address is written in place of a name (RFC 5321 section 4.1.3). */
export function addressLiteral(address: string): string {
  const plain = address.replace(/%.*$/, '').replace(/^::ffff:(?=\d+\.)/i, '');
  return isIPv6(plain) ? `[IPv6:${plain}]` : `[${plain}]`;
}
