// The schemas of header lines in a submitted message: one line of text, mailboxes, the return path, a message id.
import { z } from 'zod';
import { nextTurn } from '../concurrency/next-turn.js';
import { findVerpFault } from '../domain/bounce/verp-address.js';
import type { Mailbox } from '../domain/message.js';
import { readMailboxes } from './addresses.js';

/** Characters that end a header line, or a string in libraries written in C. */
const lineBreak = /[\r\n\0]/;

export function oneLine(max: number) {
  return z
    .string('is not a string')
    .max(max, `is longer than ${max} characters`)
    .refine((text) => !lineBreak.test(text), 'contains a line break or NUL');
}

const oneOrMore = z.union([z.string(), z.array(z.string())], 'is neither a string nor a list of strings');

/** Line breaks are refused before the addresses are read, because one in an address or name could start a header line. */
const brokenLine = 'contains a line break or NUL';

/** A schema with a long list in it has to be parsed with `safeParseAsync`. */
export function mailboxes(atLeast: number) {
  return oneOrMore.transform((given, issue): Mailbox[] | Promise<Mailbox[]> => {
    const check = (read: Mailbox[] | string): Mailbox[] => {
      if (typeof read === 'string') issue.addIssue(read);
      else if (read.length < atLeast) issue.addIssue('names nobody');
      return typeof read === 'string' ? z.NEVER : read;
    };
    const texts = Array.isArray(given) ? given : [given];
    if (texts.some((text) => lineBreak.test(text))) return check(brokenLine);
    return isLongList(texts) ? readLongList(texts).then(check) : check(readMailboxes(texts));
  });
}

export const mailbox = oneOrMore.transform((given, issue): Mailbox => {
  const texts = Array.isArray(given) ? given : [given];
  const all = texts.some((text) => lineBreak.test(text)) ? brokenLine : readMailboxes(texts);
  if (typeof all === 'string') {
    issue.addIssue(all);
    return z.NEVER;
  }
  if (all.length !== 1) issue.addIssue(all.length === 0 ? 'names nobody' : 'names more than one mailbox');
  return all[0] ?? z.NEVER;
});

/** Empty and `<>` are the null sender, to which no server sends a bounce (RFC 5321 section 4.5.5). */
export const returnPath = oneLine(320).transform((text, issue): string => {
  const address = text.trim().replace(/^<(.*)>$/, '$1');
  if (address === '') return '';
  const read = readMailboxes(address);
  const one = typeof read === 'string' || read.length > 1 ? undefined : read[0]?.address;
  const fault = one === undefined ? undefined : findVerpFault(one);
  if (one !== undefined && fault === undefined) return one;
  issue.addIssue(fault ?? (typeof read === 'string' ? read : 'names more than one mailbox'));
  return z.NEVER;
});

export const messageId = oneLine(990)
  .regex(/^\s*<?[!-;=?-~]+>?\s*$/, 'is not a Message-ID')
  .transform((id) => id.trim());

/** A list of up to this many characters is read at once, in some 10 ms. */
const mostAtOnce = 32 * 1024;
/** Ten thousand mailboxes with long names. */
const longestList = 5_000_000;

export function isLongList(given: unknown): boolean {
  if (typeof given === 'string') return given.length > mostAtOnce;
  return Array.isArray(given) && charactersIn(given) > mostAtOnce;
}

/** As `readMailboxes`. */
export async function readLongList(texts: readonly string[]): Promise<Mailbox[] | string> {
  if (charactersIn(texts) > longestList) return 'is too long';
  const mailboxes: Mailbox[] = [];
  let left = mostAtOnce;
  for (const text of texts) {
    const read = readMailboxes(text, mailboxes);
    if (typeof read === 'string') return read;
    left -= text.length;
    if (left > 0) continue;
    await nextTurn();
    left = mostAtOnce;
  }
  return mailboxes;
}

function charactersIn(texts: readonly unknown[]): number {
  return texts.reduce<number>((sum, text) => sum + (typeof text === 'string' ? text.length : 0), 0);
}
