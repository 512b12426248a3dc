// Reads mailboxes as people and programs write them (RFC 5322 section 3.4, internationalised as in RFC 6532).
import { domainToASCII } from 'node:url';
import addresses from 'email-addresses';
import type { Mailbox } from '../message.js';

/** Most addresses are this plain; the parser is for the rest. */
const plain = /^[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/;
const dotAtom = /^[^\s"(),:;<>@[\\\]]+$/u;
const longestList = 100_000;

/**
 * @param text one mailbox or several with commas between them
 * @returns the mailboxes, or the reason why it is not a list of mailboxes
 */
export function readMailboxes(text: string): Mailbox[] | string {
  const trimmed = text.trim();
  if (plain.test(trimmed)) return checkAll([{ address: trimmed }]);
  if (trimmed.length > longestList) return 'is too long';
  const parsed = addresses.parseAddressList({ input: trimmed, rfc6532: true });
  if (parsed === null) return 'is not an e-mail address';
  const mailboxes: Mailbox[] = [];
  for (const entry of parsed) {
    if (entry.type === 'group') return 'names a group; name its members instead';
    const local = dotAtom.test(entry.local) ? entry.local : `"${entry.local.replace(/["\\]/g, '\\$&')}"`;
    const address = `${local}@${entry.domain}`;
    mailboxes.push(entry.name ? { name: entry.name, address } : { address });
  }
  return checkAll(mailboxes);
}

/** Sizes of RFC 5321 section 4.5.3.1 and a domain that DNS could hold. */
function checkAll(mailboxes: Mailbox[]): Mailbox[] | string {
  for (const { address } of mailboxes) {
    const at = address.lastIndexOf('@');
    if (Buffer.byteLength(address.slice(0, at)) > 64) return 'has a local part of more than 64 bytes';
    const domain = address.slice(at + 1);
    if (domain.startsWith('[')) continue;
    const ascii = domainToASCII(domain);
    const labels = ascii.split('.');
    const sound = labels.every((label) => /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i.test(label));
    if (ascii.length > 253 || !sound) return 'has a domain that cannot exist';
  }
  return mailboxes;
}
