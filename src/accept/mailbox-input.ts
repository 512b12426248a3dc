// The schemas of header lines in a submitted message: one line of text, mailboxes, the return path, a message id.
import { z } from 'zod';
import type { Mailbox } from '../domain/message.js';
import { readMailboxes } from './addresses.js';

/** Characters that end a header line, or a string in libraries written in C. */
const lineBreak = /[\r\n\0]/;

export function oneLine(max: number) {
  return z
    .string()
    .max(max, `is longer than ${max} characters`)
    .refine((text) => !lineBreak.test(text), 'contains a line break or NUL');
}

/** Line breaks are refused before the addresses are read, because one in an address or name could start a header line. */
export function mailboxes(atLeast: number) {
  return z
    .union([z.string(), z.array(z.string())], 'is neither a string nor a list of strings')
    .transform((given, issue): Mailbox[] => {
      const texts = Array.isArray(given) ? given : [given];
      const read = texts.some((text) => lineBreak.test(text))
        ? 'contains a line break or NUL'
        : readMailboxes(texts);
      if (typeof read === 'string') issue.addIssue(read);
      else if (read.length < atLeast) issue.addIssue('names nobody');
      return typeof read === 'string' ? z.NEVER : read;
    });
}

export const mailbox = mailboxes(1).transform((all, issue): Mailbox => {
  if (all.length > 1) issue.addIssue('names more than one mailbox');
  return all[0] ?? z.NEVER;
});

/** Empty and `<>` are the null sender, to which no server sends a bounce (RFC 5321 section 4.5.5). */
export const returnPath = oneLine(320).transform((text, issue): string => {
  const address = text.trim().replace(/^<(.*)>$/, '$1');
  if (address === '') return '';
  const read = readMailboxes(address);
  if (typeof read !== 'string' && read.length === 1 && read[0]) return read[0].address;
  issue.addIssue(typeof read === 'string' ? read : 'names more than one mailbox');
  return z.NEVER;
});

export const messageId = oneLine(990)
  .regex(/^\s*<?[!-;=?-~]+>?\s*$/, 'is not a Message-ID')
  .transform((id) => id.trim());
