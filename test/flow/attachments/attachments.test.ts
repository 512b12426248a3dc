// Attachments arrive byte for byte, under their names and in the right place of the mail, and stay out of everything else.
import { randomBytes } from 'node:crypto';
import { type Attachment, simpleParser } from 'mailparser';
import { beforeAll, describe, expect, test } from 'vitest';
import { mail } from '../../support/stage/mail.js';
import { query } from '../../support/stage/tables.js';
import { type AttachmentStage, base64, setAttachmentStage } from './attachment-stage.js';

let stage: AttachmentStage;
beforeAll(async () => {
  stage = await setAttachmentStage();
});

const raw: AttachmentStage['raw'] = (...given) => stage.raw(...given);
const received: AttachmentStage['received'] = (...given) => stage.received(...given);

const sizes = [0, 1, 56, 57, 58, 1000, 131_073, 5_000_001];

test('contents of any size arrive byte for byte, beside the text', async () => {
  const contents = sizes.map((size) => randomBytes(size));
  const attachments = contents.map((bytes, n) => ({ filename: `${n}.bin`, storage_path: base64(bytes) }));
  const parsed = await received('sizes', attachments);
  expect(parsed.text?.trim()).toBe('This is sizes.');
  expect(parsed.attachments.map(({ filename }) => filename)).toEqual(
    attachments.map(({ filename }) => filename),
  );
  for (const [n, bytes] of contents.entries())
    expect(parsed.attachments[n]?.content.equals(bytes)).toBe(true);
});

test('every line has 78 octets at most, in ASCII', async () => {
  const lines = (await raw('lines', [{ filename: 'a.bin', storage_path: base64(randomBytes(300_000)) }]))
    .toString('latin1')
    .split('\r\n');
  expect(lines.filter((line) => line.length > 78 || /[^ -~\t]/.test(line))).toEqual([]);
});

describe('names', () => {
  test.each([
    ['Rechnung für Müller.pdf', 'Rechnung für Müller.pdf'],
    ['請求書 2026年.pdf', '請求書 2026年.pdf'],
    ['Счёт № 7 «копия».docx', 'Счёт № 7 «копия».docx'],
    ['فاتورة.pdf', 'فاتورة.pdf'],
    ['👩‍💻 notes.txt', '👩‍💻 notes.txt'],
    [`a; "b" 'c' (d) [e] %41 100% = a~b.txt`, `a; "b" 'c' (d) [e] %41 100% = a~b.txt`],
    [`${'ü'.repeat(240)}.pdf`, `${'ü'.repeat(240)}.pdf`],
    ['../../etc/passwd', 'passwd'],
    ['C:\\Users\\me\\invoice.pdf', 'invoice.pdf'],
    ['a\r\nBcc: x@example.com\r\n\r\n.txt', 'aBcc: x@example.com.txt'],
    ['a\0b\u007f\u0085.txt', 'ab.txt'],
    ['invoice\u202Efdp.exe', 'invoicefdp.exe'],
    [`report{MD5:0cc175b9c0f1b6a831c399e269772661}.txt`, 'report.txt'],
    ['=?utf-8?B?Li4vZ3LDvMOfZQ==?=.txt', 'grüße.txt'],
    ['=?x-none?Q?=2E=2E=2Fa?=.txt', '=_?x-none?Q?=2E=2E=2Fa?=.txt'],
    ['..', 'attachment-1'],
    ['/', 'attachment-1'],
  ])('%j arrives as %j', async (filename, shown) => {
    const id = `name-${Buffer.from(shown).toString('hex').slice(0, 40)}-${filename.length}`;
    const parsed = await received(id, [{ filename, storage_path: 'base64:YQ==' }]);
    expect(parsed.attachments.map((one) => one.filename)).toEqual([shown]);
    expect(parsed.headers.has('bcc')).toBe(false);
  });

  test('beyond ASCII stand in both forms: RFC 2231, and encoded words for older readers', async () => {
    const text = (await raw('forms', [{ filename: 'Grüße.txt', storage_path: 'base64:YQ==' }])).toString(
      'latin1',
    );
    expect(text).toMatch(/filename\*0\*=utf-8''Gr%C3%BC%C3%9Fe\.txt/i);
    expect(text).toMatch(/name="=\?UTF-8\?[QB]\?[^"]+\?="/i);
  });
});

describe('types', () => {
  const png = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
  );
  test.each<[string, { filename: string; mime_type?: string; storage_path?: string }, string]>([
    ['stated', { filename: 'a.pdf', mime_type: 'application/x-own; version=2' }, 'application/x-own'],
    ['by the name', { filename: 'a.csv' }, 'text/csv'],
    ['by the content', { filename: 'picture' }, 'image/png'],
    ['unknown', { filename: 'thing', storage_path: base64('what is this') }, 'application/octet-stream'],
    [
      'a mail, which could not be sent byte for byte as one',
      { filename: 'a.eml' },
      'application/octet-stream',
    ],
  ])('%s', async (_name, fields, type) => {
    const bytes = await raw(`type-${fields.filename}`, [{ storage_path: base64(png), ...fields }]);
    expect(tree(bytes.toString('latin1'))).toEqual({ 'multipart/mixed': ['text/plain', type] });
    const parsed = await simpleParser(bytes);
    expect(
      parsed.attachments[0]?.content.equals(fields.storage_path ? Buffer.from('what is this') : png),
    ).toBe(true);
  });
});

/** The types of the parts of a mail, each with those in it. */
function tree(mailText: string): unknown {
  const [head = '', ...rest] = mailText.split('\r\n\r\n');
  const type = /content-type: *([\w/+.-]+)/i.exec(head.replace(/\r\n[ \t]+/g, ' '))?.[1] ?? '';
  const boundary = /boundary="?([^";]+)"?/i.exec(head.replace(/\r\n[ \t]+/g, ' '))?.[1];
  if (boundary === undefined) return type;
  const parts = rest.join('\r\n\r\n').split(`--${boundary}`).slice(1, -1);
  return { [type]: parts.map((part) => tree(part.replace(/^\r\n/, ''))) };
}

describe('images of the HTML', () => {
  const logo = { filename: 'logo.png', storage_path: base64('logo'), content_id: 'logo@acme', inline: true };
  const file = { filename: 'a.pdf', storage_path: base64('file') };
  const related = { 'multipart/related': ['text/html', 'image/png'] };
  test.each<[string, Record<string, unknown>, Record<string, unknown>[], unknown]>([
    ['HTML alone', { html: '<img src="cid:logo@acme">' }, [logo], related],
    [
      'text and HTML',
      { text: 'Hi', html: '<img src="cid:logo@acme">' },
      [logo],
      { 'multipart/alternative': ['text/plain', related] },
    ],
    [
      'text, HTML and another file',
      { text: 'Hi', html: '<img src="cid:logo@acme">' },
      [logo, file],
      { 'multipart/mixed': [{ 'multipart/alternative': ['text/plain', related] }, 'application/pdf'] },
    ],
    ['text alone', { text: 'Hi' }, [logo], { 'multipart/mixed': ['text/plain', 'image/png'] }],
    ['nothing else', { body: '' }, [file], { 'multipart/mixed': ['text/plain', 'application/pdf'] }],
    [
      'HTML, where the image is to be a file of its own',
      { html: '<p>' },
      [{ ...logo, inline: false }],
      { 'multipart/mixed': ['text/html', 'image/png'] },
    ],
  ])('beside %s', async (name, bodies, attachments, expected) => {
    const id = `inline-${name.replace(/\W+/g, '-')}`;
    const bytes = await raw(id, attachments, { body: undefined, ...bodies });
    expect(tree(bytes.toString('latin1'))).toEqual(expected);
    const { attachments: parsed } = await simpleParser(bytes);
    const found = parsed.find((one: Attachment) => one.filename === 'logo.png');
    if (attachments[0]?.content_id) expect(found?.cid).toBe('logo@acme');
  });
});

test('a message is listed with its attachments, and without their contents and secrets', async () => {
  const attachments = [
    {
      filename: 'a.txt',
      storage_path: base64('hello world'),
      auth: { method: 'bearer', token: 'hush-hush' },
    },
  ];
  await stage.handIn([mail('listed', { attachments })]);
  const { body } = await stage.service.api<Record<string, unknown>>('GET', '/messages/listed?tenant_id=acme');
  expect(body.attachments).toEqual([
    { filename: 'a.txt', size: 11, mime_type: 'text/plain', source: 'base64' },
  ]);
  expect(body.message).toMatchObject({
    attachments: [
      { filename: 'a.txt', storage_path: 'base64:<11 bytes>', auth: { method: 'bearer', token: '***' } },
    ],
  });
  const rows = await query(stage.database, 'SELECT payload FROM message_contents');
  expect(JSON.stringify([body, rows])).not.toMatch(/hush-hush|aGVsbG8gd29ybGQ/);
});

test('the same content of many messages is stored once, and fields without effect are named', async () => {
  const storage_path = base64(randomBytes(400_000));
  const before = await query(stage.database, 'SELECT id FROM attachment_contents');
  for (let n = 0; n < 5; n++) {
    const attachments = [{ filename: 'a.bin', storage_path, filesize: 7 }];
    const { body } = await stage.tenant.post(stage.service, [mail(`shared-${n}`, { attachments })]);
    expect(body).toMatchObject({ queued: 1, warnings: [expect.stringContaining('attachments.filesize')] });
  }
  await stage.arrived('shared-0', 'shared-1', 'shared-2', 'shared-3', 'shared-4');
  expect(await query(stage.database, 'SELECT id FROM attachment_contents')).toHaveLength(before.length + 1);
});
