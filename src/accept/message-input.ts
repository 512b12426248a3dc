// The schema of a submitted message (contract section 4). Each fault names its field.
import { z } from 'zod';
import { isPlainName } from '../domain/plain-name.js';
import { priorities } from '../domain/priority.js';
import { attachmentInput } from './attachments/attachment-input.js';
import { truthWords } from './coerce.js';
import { headersInput } from './headers-input.js';
import { identifier, lineOfText, pathIdentifier } from './identifier.js';
import { mailbox, mailboxes, messageId, oneLine, returnPath } from './mailbox-input.js';
import { valueAt } from './schema-fields.js';

export const prioritySchema = z.union(
  [
    z.int().transform((n) => Math.min(3, Math.max(0, n))),
    z.enum(['immediate', 'high', 'medium', 'low']).transform((name) => priorities[name]),
  ],
  'is neither 0-3 nor immediate, high, medium or low',
);

const text = z.string('is not a string').refine((body) => !body.includes('\0'), 'contains NUL');

/** HTML itself or, as a client of genro-mail-proxy sends it, whether `body` is HTML. */
const htmlOrFlag = z.union([text, z.boolean(), z.int().min(0).max(1)], 'is neither text nor true or false');

/** An empty text counts as absent. */
const contentType = z.string('is not a string').transform((given, issue): 'plain' | 'html' | undefined => {
  const kind = given
    .trim()
    .toLowerCase()
    .replace(/^text\//, '');
  if (kind === '') return undefined;
  if (kind === 'plain' || kind === 'html') return kind;
  issue.addIssue('is none of plain, html, text/plain and text/html');
  return z.NEVER;
});

/** A field that is null counts as absent, as in the original. */
const absent = <T extends z.ZodType>(schema: T) => schema.nullish().transform((value) => value ?? undefined);

export const messageInput = z
  .object({
    id: pathIdentifier(255).describe('What the tenant calls the message; unique within the tenant.'),
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
    content_type: absent(contentType).describe(
      'What `body` is: `plain`, `html`, `text/plain` or `text/html`; absent: as `html` says, else plain text.',
    ),
    text: absent(text).describe('Plain text; together with `html` as multipart/alternative.'),
    html: absent(htmlOrFlag).describe(
      'HTML; together with `text` as multipart/alternative. true or false beside `body`: whether that is HTML.',
    ),
    message_id: absent(messageId).describe(
      'The Message-ID header, with or without angle brackets; absent: one is made.',
    ),
    headers: absent(headersInput).describe(
      'Further headers by name. Reply-To and Message-ID may stand here instead of in their fields; Date and Sender are ' +
        'checked. To, Cc, Bcc, From and Subject have their fields; Content-* and MIME-Version cannot be set. Null is left out.',
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
    attachments: absent(z.array(attachmentInput, 'is not a list')).describe(
      'Files that go with the mail (docs/attachments.md).',
    ),
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
  })
  .refine(({ headers, reply_to }) => headers?.replyTo === undefined || !reply_to?.length, {
    path: ['headers', 'Reply-To'],
    error: 'cannot go with reply_to',
  })
  .refine(({ headers, message_id }) => headers?.messageId === undefined || message_id === undefined, {
    path: ['headers', 'Message-ID'],
    error: 'cannot go with message_id',
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

/** Drops an empty `body`, `text` or `html` that stands beside a filled one, as clients send that fill in every field. */
export function withoutEmptyBodies(given: unknown): unknown {
  if (typeof given !== 'object' || given === null) return given;
  const { body, text, html } = given as Record<string, unknown>;
  const isHtml = typeof html === 'string' && html !== '' && !truthWords.has(html.trim().toLowerCase());
  if (body === '' && ((typeof text === 'string' && text !== '') || isHtml))
    return { ...given, body: undefined };
  if (typeof body !== 'string' || (text !== '' && html !== '')) return given;
  return { ...given, ...(text === '' && { text: undefined }), ...(html === '' && { html: undefined }) };
}

/** Says the first fault of each field, in one line: `to: is not an e-mail address; missing subject`. */
export function describeFaults(error: z.ZodError, given: Record<string, unknown>): string {
  const reasons = new Map<string, string>();
  for (const { path, message, code } of error.issues) {
    const field = String(path[0] ?? 'message');
    if (reasons.has(field)) continue;
    const where = path.map(String).filter(isPlainName).join('.').slice(0, 100);
    const isMissing = required.has(field) && isEmpty(given[field]);
    const isAbsent = code === 'invalid_type' && valueAt(given, path) === undefined;
    reasons.set(field, isMissing ? `missing ${field}` : `${where}: ${isAbsent ? 'is missing' : message}`);
  }
  return [...reasons.values()].join('; ');
}

/** Fields of which an empty value counts as missing, as in the original. */
const required = new Set(['id', 'from', 'to', 'subject']);

function isEmpty(value: unknown): boolean {
  return value == null || value === '' || (Array.isArray(value) && value.length === 0);
}
