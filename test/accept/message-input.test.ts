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
    headers: { custom: { 'X-Count': '3', 'X-Flag': 'true' } },
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
  [{ attachments: [{ filename: 'a.txt' }] }, 'attachments.0.storage_path: is missing'],
  [{ subject: ' ' }, 'subject: is empty'],
  [{ body: 'a\0b' }, 'body: contains NUL'],
  [{ text: 'Hi' }, 'body: cannot go with text or html'],
  [{ message_id: 'a b' }, 'message_id: is not a Message-ID'],
  [{ priority: 'urgent' }, 'priority: is neither 0-3 nor immediate, high, medium or low'],
  [{ deferred_ts: 'soon' }, 'deferred_ts: is not a number'],
  [{ deferred_ts: -1 }, 'deferred_ts: is negative'],
  [{ deferred_ts: 1e15 }, 'deferred_ts: is not in Unix seconds'],
  [{ attachments: [{}] }, 'attachments.0.filename: is missing'],
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
  ...['To', 'cc', 'BCC', 'From', 'Subject'].map((name) => [name, 'use its field']),
  ...['MIME-Version', 'Content-Type', 'content-anything', 'X-Genro-Mail-ID'].map((name) => [
    name,
    'mail-proxy sets it',
  ]),
])('the header %s cannot be set: %s', (name, instead) => {
  expect(read({ headers: { [name!]: 'x' } })).toBe(`headers: cannot set ${name}; ${instead}`);
});

test('Reply-To, Message-ID, Sender and Date may stand among the headers, in any case', () => {
  expect(
    read({
      reply_to: [],
      headers: {
        'reply-to': 'Help <help@example.com>, b@example.com',
        'MESSAGE-ID': ' <order-7@example.com> ',
        sender: 'Zoë <z@example.com>',
        Date: ' Mon, 05 Jan 2026 10:00:00 +0100 ',
      },
    }),
  ).toMatchObject({
    headers: {
      replyTo: [{ name: 'Help', address: 'help@example.com' }, { address: 'b@example.com' }],
      messageId: '<order-7@example.com>',
      sender: { name: 'Zoë', address: 'z@example.com' },
      date: 'Mon, 05 Jan 2026 10:00:00 +0100',
      custom: {},
    },
  });
});

test.each([
  [{ headers: { 'Reply-To': 'nobody' } }, 'headers.Reply-To: is not an e-mail address'],
  [{ reply_to: 'a@x.de', headers: { 'Reply-To': 'b@x.de' } }, 'headers.Reply-To: cannot go with reply_to'],
  [
    { message_id: '<a@x>', headers: { 'Message-ID': '<b@x>' } },
    'headers.Message-ID: cannot go with message_id',
  ],
  [{ headers: { 'Message-ID': 'a b' } }, 'headers.Message-ID: is not a Message-ID'],
  [{ headers: { Sender: 'a@x.de, b@x.de' } }, 'headers.Sender: names more than one mailbox'],
  [{ headers: { Sender: 'a@x.de', sender: 'a@x.de' } }, 'headers.sender: is there twice'],
])('a header that stands for a field is checked like it: %j', (fields, reason) => {
  expect(read(fields)).toBe(reason);
});

test.each([
  'tomorrow',
  '2026-01-05T10:00:00Z',
  'Tue, 05 Jan 2026 10:00:00 +0100',
  '31 Feb 2026 10:00:00 +0000',
])('what is no date of RFC 5322 is refused: %s', (date) => {
  expect(read({ headers: { Date: date } })).toBe(
    'headers.Date: is not a date such as Mon, 05 Jan 2026 10:00:00 +0100 (RFC 5322)',
  );
});

test.each(['5 Jan 2026 10:00 GMT', 'mon, 5 jan 2026 10:00:00 -0530 (IST)', '29 Feb 2028 23:59:60 +0000'])(
  'a date in another spelling is taken: %s',
  (date) => {
    expect(read({ headers: { Date: date } })).toMatchObject({ headers: { date } });
  },
);

test.each([
  ['X-A', `{"a":"${'x'.repeat(1000)}"}`, 'has a word too long for a line of 998 characters'],
  ['References', `<${'x'.repeat(1000)}@x>`, 'has a word too long for a line of 998 characters'],
  ['In-Reply-To', '<ä@x>', 'has a message id that is not ASCII'],
  ['Resent-Date', 'übermorgen', 'is not a date'],
  ['Resent-To', 'müller@example.com', 'has an address or another part that must be ASCII'],
  [
    'Disposition-Notification-To',
    'M <müller@example.com>',
    'has an address or another part that must be ASCII',
  ],
  ['List-Id', '"open ä <a.example>', 'has an address or another part that must be ASCII'],
  ['Errors-To', 'a\u0007@x', 'contains a control character'],
])('a header that cannot be written is refused by its name: %s: %s', (name, value, reason) => {
  expect(read({ headers: { [name]: value } })).toBe(`headers.${name}: ${reason}`);
});

test.each([
  [undefined, undefined],
  ['', undefined],
  ['plain', 'plain'],
  ['html', 'html'],
  ['text/plain', 'plain'],
  ['text/html', 'html'],
  ['Text/HTML', 'html'],
])('the content type %j is %j', (given, kind) => {
  expect(read({ content_type: given })).toMatchObject({ content_type: kind });
});

test.each([
  'markdown',
  'text/markdown',
  'htm',
  'application/html',
  'text/html; charset=utf-8',
  'text/text/html',
])('the content type %j is refused by name', (given) => {
  expect(read({ content_type: given })).toBe(
    'content_type: is none of plain, html, text/plain and text/html',
  );
});

test.each(['.', '..'])('the id %s is refused, because no path of a call can name it', (id) => {
  expect(read({ id })).toBe('id: cannot be . or .. alone');
});

test.each(['...', '.a', 'a/..', '%2e', '/', 'a b'])('the id %s is taken', (id) => {
  expect(read({ id })).toMatchObject({ id });
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
