// Writes mailboxes into a header (RFC 5322 section 3.4), in ASCII unless the session takes addresses beyond it (RFC 6532).
import { domainToASCII } from 'node:url';
import type { Mailbox, MessageHead } from '../message.js';
import { encodePhrase, encodeWords } from './encode-words.js';

/** An address without any character that means something in a header; others stand in angle brackets. */
const plain = /^[^\s"(),:;<>@[\\\]]+@[^\s"(),:;<>@[\\\]]+$/;

/**
 * @param asUtf8 whether an address beyond ASCII may stand as it is; otherwise it is named in a group without members,
 *   to which nothing can be sent (RFC 6857 section 3.1.8)
 */
export function mailboxList(mailboxes: readonly Mailbox[], asUtf8: boolean): string {
  return mailboxes
    .map(({ name = '', address: given }) => {
      const address = withAsciiDomain(given);
      if (!asUtf8 && !isAsciiText(address)) return `${encodeWords(name ? `${name} ${address}` : address)} :;`;
      if (name !== '') return `${encodePhrase(name)} <${address}>`;
      return plain.test(address) ? address : `<${address}>`;
    })
    .join(', ');
}

/** Every server takes a domain in ASCII (RFC 5890 section 2.3.2.1). A local part is the receiver's to read, and stays. */
export function withAsciiDomain(address: string): string {
  const domainAt = address.lastIndexOf('@') + 1;
  const domain = address.slice(domainAt);
  return isAsciiText(domain) ? address : address.slice(0, domainAt) + domainToASCII(domain);
}

/** The address that a mail is sent from in SMTP. Empty: the null sender. */
export function envelopeSender({ returnPath, from }: MessageHead): string {
  return withAsciiDomain(returnPath ?? from.address);
}

export function isAsciiText(text: string): boolean {
  return /^[\t -~]*$/.test(text);
}
