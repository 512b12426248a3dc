// The schema of `headers`: names and values that can be sent, and those that stand for a field or are checked like one.
import { z } from 'zod';
import { customHeader } from '../domain/header/custom-header.js';
import { isHeaderDate } from '../domain/header/header-date.js';
import type { Mailbox } from '../domain/message.js';
import { isPlainName } from '../domain/plain-name.js';
import { mailbox, mailboxes, messageId, oneLine } from './mailbox-input.js';

interface GivenHeaders {
  replyTo?: Mailbox[];
  messageId?: string;
  sender?: Mailbox;
  date?: string;
  /** All others, as they were given. */
  custom: Record<string, string>;
}

const headerName = /^[!-9;-~]{1,76}$/;
/** Headers that a field of the message is for, which would contradict it. */
const hasField = /^(to|cc|bcc|from|subject)$/i;
/** Headers that say how the mail is built, and the one that finds its bounces again. */
const isOurs = /^(mime-version|content-(?!language$).*|x-genro-mail-id)$/i;

const headerDate = z
  .string()
  .transform((text) => text.trim())
  .refine(isHeaderDate, 'is not a date such as Mon, 05 Jan 2026 10:00:00 +0100 (RFC 5322)');

/** By lower-case name. */
const checked = {
  'reply-to': { as: 'replyTo', schema: mailboxes(1) },
  'message-id': { as: 'messageId', schema: messageId },
  sender: { as: 'sender', schema: mailbox },
  date: { as: 'date', schema: headerDate },
} as const;

/** A header that is null is left out, so that a caller can build the object with optional values. */
export const headersInput = z
  .record(
    z.string(),
    z.union([oneLine(10_000), z.number(), z.boolean(), z.null()], 'is not text'),
    'is not an object',
  )
  .transform((given, issue): GivenHeaders => {
    const read: GivenHeaders = { custom: {} };
    for (const [name, value] of Object.entries(given)) {
      const fault = value === null ? faultOfName(name) : addTo(read, name, String(value));
      if (fault !== undefined) issue.addIssue({ code: 'custom', ...fault, input: value });
    }
    return read;
  });

interface HeaderFault {
  message: string;
  path: string[];
}

function faultOfName(name: string): HeaderFault | undefined {
  const fault = (message: string) => ({ message, path: [] });
  if (!headerName.test(name)) return fault('has a name that is not a header name');
  if (hasField.test(name)) return fault(`cannot set ${name}; use its field`);
  if (isOurs.test(name))
    return fault(`cannot set ${isPlainName(name) ? name : 'this name'}; mail-proxy sets it`);
  return undefined;
}

function addTo(read: GivenHeaders, name: string, value: string): HeaderFault | undefined {
  const ofName = faultOfName(name);
  if (ofName !== undefined) return ofName;
  const fault = (message: string) => ({ message, path: [name] });
  const key = name.toLowerCase();
  // `in` would find `constructor` and the like, which every object inherits.
  if (Object.hasOwn(checked, key)) {
    const { as, schema } = checked[key as keyof typeof checked];
    if (value.trim() === '') return undefined;
    if (as in read) return fault('is there twice');
    const parsed = schema.safeParse(value);
    if (!parsed.success) return fault(parsed.error.issues[0]?.message ?? 'does not fit');
    Object.assign(read, { [as]: parsed.data });
    return undefined;
  }
  const written = customHeader(name, value);
  if (written.kind === 'unfit') return fault(written.reason);
  // Object.fromEntries and this define the name `__proto__` as any other; an assignment would not.
  Object.defineProperty(read.custom, name, { value, enumerable: true, configurable: true, writable: true });
  return undefined;
}
