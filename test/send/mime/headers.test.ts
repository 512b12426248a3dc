// A mail arrives as submitted: every header, and the bodies to the byte.
import { type ParsedMail, simpleParser } from 'mailparser';
import { beforeAll, expect, test } from 'vitest';
import type { Service } from '../../support/programs/service.js';
import type { ReceivedMessage, SmtpSink } from '../../support/servers/smtp-sink.js';
import { mail } from '../../support/stage/mail.js';
import { type Stage, setStage } from '../../support/stage/set-stage.js';
import { addTenant, type Tenant } from '../../support/stage/tenant.js';

let stage: Stage;
let service: Service;
let sink: SmtpSink;
let tenant: Tenant;
beforeAll(async () => {
  stage = await setStage();
  sink = await stage.sink();
  service = await stage.service();
  tenant = await addTenant(service, 'acme', { server: sink });
});

test('every header arrives: addresses with their names, a unicode subject, custom headers', async () => {
  const before = Math.floor(Date.now() / 1000) * 1000;
  const { received, parsed } = await deliver('headers', {
    from: '"Zoë \\"Z\\" Ångström" <zoe@acme.test>',
    to: ['Ann <ann@example.test>', 'bob@example.test'],
    cc: '"Last, First" <last@example.test>, 李雷 <lilei@example.test>',
    reply_to: 'Help Désk <help@acme.test>',
    subject: 'Grüße aus 東京 🎌 — a subject that is long enough to be folded over more than one line',
    headers: { 'X-Campaign': 'spring', 'X-Note': 'naïve café', 'List-Unsubscribe': '<https://acme.test/u>' },
  });
  expect(parsed.from?.value).toEqual([{ name: 'Zoë "Z" Ångström', address: 'zoe@acme.test' }]);
  expect(addressesOf(parsed.to)).toEqual([
    { name: 'Ann', address: 'ann@example.test' },
    { name: '', address: 'bob@example.test' },
  ]);
  expect(addressesOf(parsed.cc)).toEqual([
    { name: 'Last, First', address: 'last@example.test' },
    { name: '李雷', address: 'lilei@example.test' },
  ]);
  expect(parsed.replyTo?.value).toEqual([{ name: 'Help Désk', address: 'help@acme.test' }]);
  expect(parsed.subject).toBe(
    'Grüße aus 東京 🎌 — a subject that is long enough to be folded over more than one line',
  );
  expect(parsed.date!.getTime()).toBeGreaterThanOrEqual(before);
  expect(parsed.date!.getTime()).toBeLessThanOrEqual(Date.now());
  expect(parsed.messageId).toMatch(/^<[^@<>\s]+@acme\.test>$/);
  expect(parsed.headers.get('x-campaign')).toBe('spring');
  expect(received.header('X-Note')).toBe('=?UTF-8?Q?na=C3=AFve_caf=C3=A9?=');
  expect(received.header('List-Unsubscribe')).toBe('<https://acme.test/u>');
  expect(received.headers('X-Genro-Mail-ID')).toEqual(['headers']);
  for (const name of ['From', 'To', 'Cc', 'Subject', 'Date', 'Message-ID', 'MIME-Version'])
    expect(received.headers(name), name).toHaveLength(1);
  expect(received.raw.toString('latin1').split('\r\n\r\n')[0]).toMatch(/^[\t\r\n -~]+$/);
});

test('a submitted Message-ID is kept', async () => {
  const { parsed } = await deliver('kept', { message_id: '<order-7@shop.acme.test>' });
  expect(parsed.messageId).toBe('<order-7@shop.acme.test>');
});

const hard = [
  'Zeile mit Umlauten: äöüß, emoji 👩‍👩‍👧 and 漢字',
  '.',
  '..',
  '.starts with a dot',
  'From the start of a line',
  'x'.repeat(2000),
  'ä'.repeat(2000),
  'trailing space ',
  'a=b =3D = \t tab',
  '',
  'end',
];

test.each([
  ['text', { body: hard.join('\n') }, 'text/plain'],
  ['text-ascii', { body: hard.map((line) => line.replace(/[^ -~]/gu, 'e')).join('\n') }, 'text/plain'],
  ['text-short', { body: '.\n..\n.hidden\nend' }, 'text/plain'],
  ['html', { body: `<p>${hard.join('<br>\n')}</p>`, content_type: 'html' }, 'text/html'],
])('a body arrives to the byte: %s', async (id, fields, type) => {
  const { received, parsed } = await deliver(id, fields);
  const body = type === 'text/html' ? parsed.html : parsed.text;
  expect(trimEnd(body)).toBe(fields.body);
  expect(received.header('Content-Type')).toContain(type);
  const longest = Math.max(
    ...received.raw
      .toString('latin1')
      .split('\r\n')
      .map((line) => line.length),
  );
  expect(longest).toBeLessThanOrEqual(998); // RFC 5321 section 4.5.3.1.6
});

test('text and html together become multipart/alternative, the richer one last', async () => {
  const text = hard.join('\n');
  const html = `<h1>${hard.join('</h1>\n<h1>')}</h1>`;
  const { received, parsed } = await deliver('both', { body: undefined, text, html });
  expect(received.header('Content-Type')).toContain('multipart/alternative');
  expect([trimEnd(parsed.text), trimEnd(parsed.html)]).toEqual([text, html]);
  const raw = received.raw.toString('latin1');
  expect(raw.indexOf('text/plain')).toBeLessThan(raw.indexOf('text/html'));
});

async function deliver(
  id: string,
  fields: Record<string, unknown> = {},
): Promise<{ received: ReceivedMessage; parsed: ParsedMail }> {
  await tenant.handIn(service, [mail(id, fields)]);
  await sink.waitFor((messages) => messages.some((message) => message.id === id));
  const received = sink.messages.find((message) => message.id === id)!;
  // The bodies as they are: no links made of text, no text made of HTML.
  const parsed = await simpleParser(received.raw, { skipTextToHtml: true, skipHtmlToText: true });
  return { received, parsed };
}

function addressesOf(field: ParsedMail['to']): { name: string; address?: string | undefined }[] {
  return [field ?? []].flat().flatMap(({ value }) => value);
}

/** The end of a mail is the end of a line, whether or not the body had one. */
function trimEnd(body: string | false | undefined): string {
  return String(body).replace(/\n$/, '');
}
