// A mail has the bytes that nodemailer's composer would make, the same at every attempt.
import MailComposer from 'nodemailer/lib/mail-composer';
import { expect, test } from 'vitest';
import type { MessageHead } from '../../../src/domain/message.js';
import { buildMime } from '../../../src/send/mime/build.js';
import { envelopeOf } from '../../../src/send/mime/envelope.js';

const message = { id: 'm1', pk: '01ARZ3NDEKTSV4RRFFQ69G5FAV', date: Date.UTC(2026, 0, 1) };
const addresses: MessageHead = {
  from: { name: 'Ann', address: 'ann@example.com' },
  to: [{ address: 'b@example.com' }, { name: 'Lee, C', address: 'c@example.com' }],
  cc: [{ address: 'd@example.com' }],
  bcc: [{ address: 'secret@example.com' }],
  replyTo: [{ address: 'e@example.com' }],
  headers: { 'X-Campaign': 'spring' },
};

/** The composer's mail for the same message, written down here from the contract. */
function composed(fields: { subject: string; text?: string; html?: string }): Promise<Buffer> {
  const mail = new MailComposer({
    from: { name: 'Ann', address: 'ann@example.com' },
    to: [
      { name: '', address: 'b@example.com' },
      { name: 'Lee, C', address: 'c@example.com' },
    ],
    cc: [{ name: '', address: 'd@example.com' }],
    replyTo: [{ name: '', address: 'e@example.com' }],
    date: new Date(message.date),
    messageId: '<01arz3ndektsv4rrffq69g5fav@example.com>',
    headers: [
      { key: 'X-Campaign', value: 'spring' },
      { key: 'X-Genro-Mail-ID', value: 'm1' },
    ],
    ...fields,
  });
  return mail.compile().build();
}

async function built(given: Record<string, unknown>, head: Partial<MessageHead>): Promise<string> {
  const { raw } = await buildMime(message, { given, head: { ...addresses, ...head } });
  return raw.toString('latin1');
}

const bodies: [string, string][] = [
  ['one line', 'Hello'],
  ['LF line ends', 'Hello\n\nWorld\n'],
  ['CRLF line ends', 'Hello\r\n\r\nWorld\r\n'],
  ['both, and a lone CR', 'a\nb\r\nc\rd'],
  ['dots at line starts', '.\n..\n.a\n'],
  ['blanks at line ends', 'a \nb\t\n \n'],
  ['lines that look like From', 'From here\n>From there\n'],
  ['a line of 76 characters, and one of 77', `${'x'.repeat(76)}\n${'x'.repeat(77)}`],
  ['a line of 998 characters', 'x'.repeat(998)],
  ['a line of 5,000 characters', 'x'.repeat(5000)],
  ['nothing', ''],
  ['unicode', 'Grüße aus 東京 🔑\n'],
  ['100,000 lines', 'Hello\n'.repeat(100_000)],
];

test.each(bodies)('plain text byte for byte as the composer has it: %s', async (_name, body) => {
  const expected = (await composed({ subject: 'Hello', text: body })).toString('latin1');
  expect((await built({ subject: 'Hello', body }, { text: 'body' })) === expected).toBe(true);
});

test.each(bodies)('HTML byte for byte as the composer has it: %s', async (_name, html) => {
  const expected = (await composed({ subject: 'Hello', html })).toString('latin1');
  expect((await built({ subject: 'Hello', html }, { html: 'html' })) === expected).toBe(true);
});

test('an ASCII subject byte for byte as the composer has it', async () => {
  const expected = (await composed({ subject: 'Hello', text: 'Hi' })).toString('latin1');
  expect(await built({ subject: 'Hello', body: 'Hi' }, { text: 'body' })).toBe(expected);
});

test.each([
  ['plain', { body: 'Hi' }, { text: 'body' }],
  ['unicode', { body: 'Grüße' }, { text: 'body' }],
  ['text and HTML', { text: 'Hi', html: '<p>Hi</p>' }, { text: 'text', html: 'html' }],
] as const)('every attempt has the same bytes: %s', async (_name, body, head) => {
  const given = { subject: 'Hello', ...body };
  const first = await built(given, head);
  expect(await built(given, head)).toBe(first);
});

test('text and HTML together become multipart/alternative, the text first', async () => {
  const raw = await built({ subject: 'x', text: 'in words', html: '<p>' }, { text: 'text', html: 'html' });
  expect(raw).toMatch(/^Content-Type: multipart\/alternative;/m);
  expect(raw).toMatch(/text\/plain[\s\S]*in words[\s\S]*text\/html[\s\S]*<p>/);
});

test('Bcc stands in the envelope and nowhere else; each address stands in it once', async () => {
  const head = { ...addresses, cc: [{ address: 'b@EXAMPLE.com' }, { address: 'B@example.com' }] };
  expect(envelopeOf(head)).toEqual({
    from: 'ann@example.com',
    to: ['b@example.com', 'c@example.com', 'B@example.com', 'secret@example.com'],
  });
  expect(await built({ subject: 'x', body: 'y' }, { text: 'body' })).not.toMatch(/secret|bcc/i);
});

test('the return path is the envelope sender, also if it is empty; a given Message-ID stays', async () => {
  expect(envelopeOf({ ...addresses, returnPath: 'bounce@example.com' }).from).toBe('bounce@example.com');
  expect(envelopeOf({ ...addresses, returnPath: '' }).from).toBe('');
  const raw = await built({ subject: 'x', body: 'y' }, { text: 'body', messageId: '<mine@example.com>' });
  expect(raw).toMatch(/^Message-ID: <mine@example\.com>\r$/m);
});

test('a body that names files or URLs is only text: nothing is read', async () => {
  const raw = await built({ subject: 'x', html: { path: '/etc/passwd' } }, { html: 'html' });
  expect(raw).not.toContain('root:');
});
