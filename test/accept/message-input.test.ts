// A submitted message is checked field by field; each fault names its field, and no header line can be smuggled in.
import { expect, test } from 'vitest';
import { describeFaults, messageInput } from '../../src/accept/message-input.js';

const good = { id: 'm1', from: 'a@example.com', to: 'b@example.com', subject: 'Hello', body: 'Hi' };

function read(fields: Record<string, unknown>) {
  const given = { ...good, ...fields };
  const parsed = messageInput.safeParse(given);
  return parsed.success ? parsed.data : describeFaults(parsed.error, given);
}

test('a message with all fields is accepted as it is', () => {
  expect(
    read({
      to: ['B <b@example.com>', 'c@example.com, d@example.com'],
      cc: '',
      reply_to: null,
      return_path: '<bounce@example.com>',
      headers: { 'X-Count': 3, 'X-Flag': true, 'X-None': null },
      priority: 'high',
      deferred_ts: 1_800_000_000.5,
      batch_code: 'spring',
      content_type: 'html',
      attachments: [],
    }),
  ).toMatchObject({
    to: [{ name: 'B', address: 'b@example.com' }, { address: 'c@example.com' }, { address: 'd@example.com' }],
    cc: [],
    reply_to: undefined,
    return_path: 'bounce@example.com',
    headers: { 'X-Count': '3', 'X-Flag': 'true' },
    priority: 1,
    deferred_ts: 1_800_000_000.5,
  });
});

test.each([
  [{ id: undefined }, 'missing id'],
  [{ id: 7 }, 'id: is not a string'],
  [{ id: '' }, 'missing id'],
  [{ id: 'x'.repeat(256) }, 'id: is longer than 255 characters'],
  [{ id: 'a\nb' }, 'id: contains a control character or half a surrogate pair'],
  [{ id: 'a\ud800' }, 'id: contains a control character or half a surrogate pair'],
  [{ tenant_id: 'a\0' }, 'tenant_id: contains a control character or half a surrogate pair'],
  [{ account_id: 'a\0' }, 'account_id: contains a control character or half a surrogate pair'],
  [{ batch_code: '\udfff' }, 'batch_code: contains a control character or half a surrogate pair'],
  [{ batch_code: 'x'.repeat(65) }, 'batch_code: is longer than 64 characters'],
  [{ from: undefined }, 'missing from'],
  [{ from: 'nobody' }, 'from: is not an e-mail address'],
  [{ from: 'a@example.com, b@example.com' }, 'from: names more than one mailbox'],
  [{ to: undefined }, 'missing to'],
  [{ to: [] }, 'missing to'],
  [{ to: ' ' }, 'to: names nobody'],
  [{ to: 7 }, 'to: is neither a string nor a list of strings'],
  [{ cc: ['b@example.com', 'nobody'] }, 'cc: is not an e-mail address'],
  [{ bcc: 'nobody' }, 'bcc: is not an e-mail address'],
  [{ reply_to: 'nobody' }, 'reply_to: is not an e-mail address'],
  [{ return_path: 'nobody' }, 'return_path: is not an e-mail address'],
  [{ subject: undefined }, 'missing subject'],
  [{ subject: ' ' }, 'subject: is empty'],
  [{ body: 'a\0b' }, 'body: contains NUL'],
  [{ text: 'Hi' }, 'body: cannot go with text or html'],
  [{ message_id: 'a b' }, 'message_id: is not a Message-ID'],
  [{ priority: 'urgent' }, 'priority: is neither 0-3 nor immediate, high, medium or low'],
  [{ deferred_ts: 'soon' }, 'deferred_ts: is not a number'],
  [{ deferred_ts: -1 }, 'deferred_ts: is negative'],
  [{ deferred_ts: 1e15 }, 'deferred_ts: is not in Unix seconds'],
  [{ attachments: [{}] }, 'attachments: cannot be sent by this version'],
  [{ id: undefined, to: 'nobody', subject: '' }, 'missing id; to: is not an e-mail address; missing subject'],
])('the fault names the field: %j', (fields, reason) => {
  expect(read(fields)).toBe(reason);
});

const smuggled = ['\r\nBcc: x@example.com', '\nBcc: x@example.com', '\r', '\0'];
const fieldsOfALine = smuggled.flatMap((end): [string, Record<string, unknown>][] => [
  ['subject', { subject: `Hello${end}` }],
  ['from', { from: `a@example.com${end}` }],
  ['to', { to: [`"Ann${end}" <b@example.com>`] }],
  ['cc', { cc: `b@example.com${end}` }],
  ['reply_to', { reply_to: `b@example.com${end}` }],
  ['return_path', { return_path: `a@example.com${end}` }],
  ['message_id', { message_id: `<a@example.com>${end}` }],
  ['headers', { headers: { 'X-A': `b${end}` } }],
  ['headers', { headers: { [`X-A${end}`]: 'b' } }],
]);

test.each(fieldsOfALine)('%s cannot end its line: %j', (field, fields) => {
  expect(read(fields)).toMatch(new RegExp(`^${field}[.:]`));
});

test.each([
  'To',
  'cc',
  'BCC',
  'From',
  'Sender',
  'Reply-To',
  'Subject',
  'Date',
  'Message-ID',
  'MIME-Version',
  'Content-Type',
  'content-anything',
  'X-Genro-Mail-ID',
])('the header %s is set by its field alone', (name) => {
  expect(read({ headers: { [name]: 'x' } })).toBe(`headers: cannot set ${name}; use its field`);
});

test.each(['', 'X A', 'X:A', 'X-Ä', 'x'.repeat(77)])('"%s" is not the name of a header', (name) => {
  expect(read({ headers: { [name]: 'x' } })).toBe('headers: has a name that is not a header name');
});

test.each([
  [0, 0],
  [3, 3],
  [-5, 0],
  [99, 3],
  ['immediate', 0],
  ['high', 1],
  ['medium', 2],
  ['low', 3],
  [null, undefined],
  [undefined, undefined],
])('priority %j is %j', (given, priority) => {
  expect(read({ priority: given })).toMatchObject({ priority });
});

test('an empty return path is the null sender', () => {
  expect([read({ return_path: '' }), read({ return_path: '<>' })]).toMatchObject([
    { return_path: '' },
    { return_path: '' },
  ]);
});

test('from_addr can stand in for from', () => {
  expect(read({ from: undefined, from_addr: 'a@example.com' })).toMatchObject({
    from_addr: { address: 'a@example.com' },
  });
});
