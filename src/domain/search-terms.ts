// The terms that a message is found by: the addresses of its recipients, and the words of their names and of its subject.
import { hash } from 'node:crypto';
import type { Mailbox, MessageHead } from './message.js';

/** Addresses come first, so that a long subject leaves out no recipient. */
const mostTerms = 1100;

/** Recipients whose names and parts of addresses are terms as well. Those beyond are found by their whole address. */
const mostInWords = 10;

/** What the terms of a message are made of. */
interface Searched extends Pick<MessageHead, 'to' | 'cc' | 'bcc'> {
  subject?: string | undefined;
}

export function termsOfMessage({ to, cc = [], bcc = [], subject = '' }: Searched): string[] {
  const recipients = [...to, ...cc, ...bcc];
  const words = [subject, ...recipients.slice(0, mostInWords).flatMap(textsOf)].flatMap(wordsIn);
  const addresses = recipients.map(({ address }) => folded(address));
  return [...new Set([...addresses, ...words])].slice(0, mostTerms);
}

/** Every one of them must be a term of a message that is found. An address is one term. */
export function termsOfSearch(text: string): string[] {
  const terms = text.split(/\s+/).flatMap((part) => {
    const address = /^<?([^<>@]+@[^<>@]+?)>?[,;]?$/.exec(part)?.[1];
    return address === undefined ? wordsIn(part) : [folded(address)];
  });
  return [...new Set(terms)];
}

/**
 * The number that stands for a term in the index: the first 48 bits of a SHA-256. The tenant is part of it, so that no
 * search of one tenant walks past the messages of another.
 */
export function termNumber(tenantId: string, term: string): number {
  return hash('sha256', `${tenantId}\0${term}`, 'buffer').readUIntBE(0, 6);
}

function textsOf({ name = '', address }: Mailbox): string[] {
  return [name, address];
}

/** Two or more letters, digits and the marks that belong to them, in any script. */
function wordsIn(text: string): string[] {
  return folded(text).match(/[\p{L}\p{M}\p{N}]{2,}/gu) ?? [];
}

function folded(text: string): string {
  return text.normalize('NFKC').toLowerCase();
}
