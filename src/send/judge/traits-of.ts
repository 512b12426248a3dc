// Names what a refusal of a mail may be about: its message, sender, recipients and body, as hashes.
import { createHash } from 'node:crypto';
import type { Attempt } from '../attempt-result.js';
import type { Traits } from './whose-refusal.js';

/** Of more recipients, these have to do. */
const mostRecipients = 50;

/** How much of a body tells it from others. */
const mostBytes = 64 * 1024;

/** @param recipients those that the reply was about; default: all of the attempt */
export function traitsOf({ owner, message, sent, recipients: all }: Attempt, recipients = all): Traits {
  const hash = (text: string | Buffer) =>
    createHash('sha256').update(`${owner.tenantId}\n`).update(text).digest('base64url').slice(0, 12);
  const some = recipients.slice(0, mostRecipients);
  const sender = (sent?.from ?? '').toLowerCase();
  return {
    message: message.pk,
    sender: hash(sender),
    senderDomain: hash(domainOf(sender)),
    recipients: some.map((address) => hash(address.toLowerCase())),
    recipientDomains: [...new Set(some.map((address) => hash(domainOf(address.toLowerCase()))))],
    ...(sent && { body: hash(bodyOf(sent.raw, message.pk)) }),
  };
}

function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@'));
}

/** Without what differs between mails of the same content: the head, and the boundaries that are made of the pk. */
function bodyOf(raw: Buffer, pk: string): string {
  const start = raw.indexOf('\r\n\r\n');
  const body = raw.subarray(Math.max(start, 0), Math.max(start, 0) + mostBytes);
  return body.toString('latin1').replaceAll(pk.toLowerCase(), '');
}
