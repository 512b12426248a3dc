// Notices that only people were meant to read are understood, and other mail is not taken for one.
import { describe, expect, test } from 'vitest';
import { parseBounce } from '../../src/bounce/parse/parse-bounce.js';
import { notices } from './mails/notices.js';
import { others } from './mails/others.js';

const word = (text: string) => `=?UTF-8?B?${Buffer.from(text).toString('base64')}?=`;

function asMail(headers: string, body: string): Buffer {
  const encoded = headers.replace(/^Subject: (.*)$/m, (_all, subject: string) => `Subject: ${word(subject)}`);
  return Buffer.from(
    `${encoded}\nTo: shop@example.com\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n${body}`,
  );
}

describe.each(notices)('the notice of $server', ({ subject, body, from, failed, status, kind }) => {
  const headers = `Return-Path: <>\nFrom: ${from ?? 'Mail Delivery System <MAILER-DAEMON@mx.example.net>'}\nSubject: ${subject}`;

  test('names who did not get the mail, and why', () => {
    const reading = parseBounce(asMail(headers, body));
    expect(reading.kind).toBe(kind ?? 'bounce');
    expect(
      reading.recipients.map(({ address, type, reason, addressIsDead }) => [
        address,
        type,
        reason,
        addressIsDead,
      ]),
    ).toEqual(failed);
    if (status !== undefined) expect(reading.recipients[0]?.status).toBe(status);
  });

  test.each([
    ['CR alone', '\r'],
    ['CR LF', '\r\n'],
  ])('is read the same with %s at the ends of its lines', (_name, lineEnd) => {
    const mail = asMail(headers, body);
    expect(parseBounce(Buffer.from(mail.toString().replaceAll('\n', lineEnd)))).toEqual(parseBounce(mail));
  });
});

test('the ids of the returned mail are found behind the notice', () => {
  const { subject, body } = notices[0] ?? { subject: '', body: '' };
  const { returned } = parseBounce(asMail(`From: MAILER-DAEMON@example.net\nSubject: ${subject}`, body));
  expect(returned).toEqual({
    messageIds: ['m1@example.com'],
    genroMailId: 'order-1',
    envelopeSender: 'shop@example.com',
    to: ['ann@example.org'],
  });
});

test.each(others)('$what is no bounce', ({ kind, headers, body }) => {
  expect(parseBounce(asMail(headers, body))).toMatchObject({ kind, recipients: [] });
});

test.each([
  [
    'HTML alone',
    'Content-Type: text/html; charset=utf-8',
    '<html><head><style>a { b: c }</style></head><body><p>Your message could not be delivered to:</p><table><tr><td>&lt;ann@example.org&gt;:</td></tr><tr><td>550&nbsp;5.1.1 User&#32;unknown</td></tr></table></body></html>',
  ],
  [
    'base64',
    'Content-Type: text/plain\nContent-Transfer-Encoding: base64',
    Buffer.from('Could not be delivered:\n\n<ann@example.org>: 550 5.1.1 User unknown').toString('base64'),
  ],
  [
    'quoted-printable',
    'Content-Type: text/plain\nContent-Transfer-Encoding: quoted-printable',
    'Could not be delivered:\n\n<ann@exam=\nple.org>: 550 5.1.1 User=20unknown',
  ],
  [
    'GB 18030',
    'Content-Type: text/plain; charset=gb18030\nContent-Transfer-Encoding: base64',
    'zt63qLeiy821vSBhbm5AZXhhbXBsZS5vcmcKNTUwIDUuMS4xIHVzZXIgdW5rbm93bg==',
  ],
  [
    'a container whose parameters are not indented',
    'Content-Type: multipart/mixed;\nboundary=b',
    '--b\n\nCould not be delivered:\n\n<ann@example.org>: 550 5.1.1 User unknown\n--b--',
  ],
  [
    'a container without any of its boundaries',
    'Content-Type: multipart/mixed; boundary=b',
    'Could not be delivered:\n\n<ann@example.org>: 550 5.1.1 User unknown',
  ],
])('a notice in %s is read', (_how, type, body) => {
  const mail = `From MAILER-DAEMON Fri Nov 27 09:00:00 2026\nReturn-Path: <>\nFrom: postmaster@example.net\nSubject: Undeliverable\nTo: shop@example.com\n${type}\n\n${body}`;
  expect(parseBounce(Buffer.from(mail))).toMatchObject({
    kind: 'bounce',
    recipients: [
      {
        address: 'ann@example.org',
        status: '5.1.1',
        type: 'hard',
        reason: 'user_unknown',
        addressIsDead: true,
      },
    ],
  });
});
