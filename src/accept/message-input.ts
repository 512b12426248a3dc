// The schema of a submitted message (contract section 4). Each fault names its field.
import { z } from 'zod';
import type { Mailbox } from '../domain/message.js';
import { priorities } from '../domain/priority.js';
import { readMailboxes } from './addresses.js';
import { truthWords } from './coerce.js';
import { identifier, lineOfText } from './identifier.js';

/** Characters that end a header line, or a string in libraries written in C. */
const lineBreak = /[\r\n\0]/;

/** These headers are made from the fields, so a header of the same name would contradict them. */
const reservedHeaders =
  /^(to|cc|bcc|from|sender|reply-to|subject|date|message-id|mime-version|content-.*|x-genro-mail-id)$/i;

const headerName = /^[!-9;-~]{1,76}$/;

function oneLine(max: number) {
  return z
    .string()
    .max(max, `is longer than ${max} characters`)
    .refine((text) => !lineBreak.test(text), 'contains a line break or NUL');
}

/** Line breaks are refused before the addresses are read, because one in an address or name could start a header line. */
function mailboxes(atLeast: number) {
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

const mailbox = mailboxes(1).transform((all, issue): Mailbox => {
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

/** A header that is null is left out, so that a caller can build the object with optional values. */
const headers = z
  .record(
    z.string(),
    z.union([oneLine(10_000), z.number(), z.boolean(), z.null()], 'is not text'),
    'is not an object',
  )
  .transform((given, issue): Record<string, string> => {
    const kept: Record<string, string> = {};
    for (const [name, value] of Object.entries(given)) {
      if (!headerName.test(name)) issue.addIssue('has a name that is not a header name');
      else if (reservedHeaders.test(name))
        issue.addIssue(`cannot set ${isHarmless(name) ? name : 'this name'}; use its field`);
      else if (value !== null) kept[name] = String(value);
    }
    return kept;
  });

export const prioritySchema = z.union(
  [
    z.int().transform((n) => Math.min(3, Math.max(0, n))),
    z.enum(['immediate', 'high', 'medium', 'low']).transform((name) => priorities[name]),
  ],
  'is neither 0-3 nor immediate, high, medium or low',
);

const text = z.string().refine((body) => !body.includes('\0'), 'contains NUL');

/** HTML itself or, as a client of genro-mail-proxy sends it, whether `body` is HTML. */
const htmlOrFlag = z.union([text, z.boolean(), z.int().min(0).max(1)], 'is neither text nor true or false');

/** A field that is null counts as absent, as in the original. */
const absent = <T extends z.ZodType>(schema: T) => schema.nullish().transform((value) => value ?? undefined);

export const messageInput = z
  .object({
    id: identifier(255).describe('What the tenant calls the message; unique within the tenant.'),
    tenant_id: absent(lineOfText(255)).describe(
      "Whose message it is. Required with the admin token; with a tenant's token its own.",
    ),
    account_id: absent(identifier(255)).describe(
      "The account that sends it; absent: the tenant's default account, else the installation's.",
    ),
    from: absent(mailbox).describe('One mailbox, with or without a name: `Shop <orders@example.com>`.'),
    from_addr: absent(mailbox).describe('Another name of `from`.'),
    to: mailboxes(1).describe('Mailboxes, as a list or with commas between them; at least one.'),
    cc: absent(mailboxes(0)).describe('As `to`.'),
    bcc: absent(mailboxes(0)).describe('As `to`; stands in no header.'),
    reply_to: absent(mailboxes(0)).describe('Where answers go; as `to`.'),
    return_path: absent(returnPath).describe(
      'The envelope sender, to which bounces go; empty: the null sender; absent: the address of `from`.',
    ),
    subject: oneLine(10_000)
      .refine((line) => line.trim() !== '', 'is empty')
      .describe('One line, not empty.'),
    body: absent(text).describe('The text, or HTML, as `content_type` says; not beside `text` or `html`.'),
    content_type: absent(z.string('is not a string')).describe(
      'What `body` is: `html`; anything else: plain text; absent: as `html` says, else plain text.',
    ),
    text: absent(text).describe('Plain text; together with `html` as multipart/alternative.'),
    html: absent(htmlOrFlag).describe(
      'HTML; together with `text` as multipart/alternative. true or false beside `body`: whether that is HTML.',
    ),
    message_id: absent(oneLine(990).regex(/^\s*<?[!-;=?-~]+>?\s*$/, 'is not a Message-ID')).describe(
      'The Message-ID header, with or without angle brackets; absent: one is made.',
    ),
    headers: absent(headers).describe(
      'Further headers by name. Those that fields stand for (To, Subject, Date, Content-*, ...) cannot be set; null is left out.',
    ),
    priority: absent(prioritySchema).describe(
      '0 or `immediate`, 1 or `high`, 2 or `medium`, 3 or `low`; absent: `default_priority`, else that of the installation.',
    ),
    deferred_ts: absent(
      z.number('is not a number').min(0, 'is negative').max(32_503_680_000, 'is not in Unix seconds'),
    ).describe('Not sent before. Unix seconds.'),
    batch_code: absent(identifier(64)).describe(
      'A batch that can be listed, suspended and activated by itself.',
    ),
    attachments: absent(
      z.array(z.unknown(), 'is not a list').max(0, 'cannot be sent by this version'),
    ).describe('Not yet: a message with attachments is rejected.'),
  })
  // `when` has both checks run although other fields are at fault, so that all faults are named at once.
  .refine(({ from, from_addr }) => from !== undefined || from_addr !== undefined, {
    path: ['from'],
    error: 'is missing',
    when: ({ value, issues }) => isObject(value) && issues.every(({ path }) => path?.[0] !== 'from_addr'),
  })
  .refine((message) => message.body === undefined || !hasPartsOfItsOwn(message), {
    path: ['body'],
    error: 'cannot go with text or html',
    when: ({ value }) => isObject(value),
  });

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

export type MessageInput = z.output<typeof messageInput>;

interface Bodies {
  body?: string | undefined;
  text?: string | undefined;
  html?: string | number | boolean | undefined;
}

/** What `html` says of `body` where it is a truth value; undefined: it is HTML itself, or absent. */
export function htmlFlag({ body, html }: Bodies): boolean | undefined {
  if (typeof html !== 'string') return html === undefined ? undefined : Boolean(html);
  return body === undefined ? undefined : truthWords.get(html.trim().toLowerCase());
}

/** Whether `text` or `html` is a part of the mail, in place of `body`. */
export function hasPartsOfItsOwn(message: Bodies): boolean {
  return message.text !== undefined || (message.html !== undefined && htmlFlag(message) === undefined);
}

/** Says the first fault of each field, in one line: `to: is not an e-mail address; missing subject`. */
export function describeFaults(error: z.ZodError, given: Record<string, unknown>): string {
  const reasons = new Map<string, string>();
  for (const { path, message } of error.issues) {
    const field = String(path[0] ?? 'message');
    if (reasons.has(field)) continue;
    const where = path.filter(isHarmless).join('.').slice(0, 100);
    const isMissing = required.has(field) && isEmpty(given[field]);
    reasons.set(field, isMissing ? `missing ${field}` : `${where}: ${message}`);
  }
  return [...reasons.values()].join('; ');
}

/** The caller chooses header names, so a name that could be markup where it is shown is not repeated. */
function isHarmless(key: PropertyKey): boolean {
  return typeof key === 'number' || /^[\w-]+$/.test(String(key));
}

/** Fields of which an empty value counts as missing, as in the original. */
const required = new Set(['id', 'from', 'to', 'subject']);

function isEmpty(value: unknown): boolean {
  return value == null || value === '' || (Array.isArray(value) && value.length === 0);
}
