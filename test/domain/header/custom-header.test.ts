// A header that a caller gives arrives as it was given: ASCII untouched, all else by the grammar of that header.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mailboxList } from '../../../src/domain/header/addresses.js';
import { customHeader } from '../../../src/domain/header/custom-header.js';
import { encodeText } from '../../../src/domain/header/encode-words.js';
import { fold } from '../../../src/domain/header/fold.js';
import { decoded, unfolded } from './read-header.js';

function written(name: string, value: string): string {
  const result = customHeader(name, value);
  return result.kind === 'written' ? unfolded(result.lines) : `unfit: ${result.reason}`;
}

test('a long ASCII parameter is continued as RFC 2231 has it, and no encoded-word', () => {
  const lines = written('X-Origin', `form; key="${'k'.repeat(1200)}"; n=1`);
  expect(lines).toMatch(/^form; key\*0\*=UTF-8''k+; key\*1\*=k+;.*; n=1$/);
  expect(lines).not.toContain('=?');
});

test.each([
  ['List-Id', '"Weekly, news" <weekly.example.org>'],
  ['X-SMTPAPI', '{"category":"c"}'],
  ['Feedback-ID', 'a:"b":c:sender'],
  ['Disposition-Notification-To', '"Shop, Ltd." <receipts@example.com>'],
  ['Resent-To', '"Lee, C" <c@example.com>, d@example.com'],
  ['List-Unsubscribe', '<mailto:u@example.com?subject=x>, <https://example.com/u?a=b&c="d">'],
  ['List-Unsubscribe-Post', 'List-Unsubscribe=One-Click'],
  ['References', '<a@x>  <b@x>\t<c@x>'],
  ['X-Word', '=?utf-8?Q?gr=C3=BCn?='],
  ['Autocrypt', 'addr=a@x; keydata="b=="'],
])('ASCII passes as it is given: %s: %s', (name, value) => {
  expect(written(name, value)).toBe(value);
});

test.each([
  [
    'List-Id',
    '"Woche, täglich" <weekly.example.org>',
    '=?UTF-8?Q?Woche=2C_t=C3=A4glich?= <weekly.example.org>',
  ],
  ['List-Id', 'Grüße<w.example>', '=?UTF-8?Q?Gr=C3=BC=C3=9Fe?= <w.example>'],
  ['Resent-To', 'Zoë <z@x.de>, b@x.de', '=?UTF-8?Q?Zo=C3=AB?= <z@x.de>, b@x.de'],
  ['Resent-Cc', 'Team: Zoë <z@x.de>, b@x.de;', 'Team: =?UTF-8?Q?Zo=C3=AB?= <z@x.de>, b@x.de;'],
  ['Errors-To', 'info@bücher.example', 'info@xn--bcher-kva.example'],
  ['Return-Receipt-To', 'I <info@bücher.example>', 'I <info@xn--bcher-kva.example>'],
  ['Resent-From', 'a@x.de (Zoë (Z))', 'a@x.de (=?UTF-8?Q?Zo=C3=AB_=28Z=29?=)'],
  ['List-Help', '<https://bücher.example/ü> (Hilfe)', '<https://xn--bcher-kva.example/%C3%BC> (Hilfe)'],
  ['List-Post', '<mailto:a@x.de?subject=grün>', '<mailto:a@x.de?subject=gr%C3%BCn>'],
  ['Keywords', 'grün, "a, ü", b', '=?UTF-8?Q?gr=C3=BCn?= , =?UTF-8?Q?a=2C_=C3=BC?= , b'],
  ['Keywords', 'b,grün;ü', 'b, =?UTF-8?Q?gr=C3=BCn?= ; =?UTF-8?Q?=C3=BC?='],
  ['Resent-To', 'Ü:a@x.de,"Ö"<b@x.de>;', '=?UTF-8?Q?=C3=9C?= :a@x.de, =?UTF-8?Q?=C3=96?= <b@x.de>;'],
  ['Resent-To', 'Zoë:;', '=?UTF-8?Q?Zo=C3=AB?= :;'],
  ['Resent-To', 'a@x.de,"Ö"<b@x.de>', 'a@x.de, =?UTF-8?Q?=C3=96?= <b@x.de>'],
  ['Authentication-Results', 'mx; dkim=pass (gut ü)', 'mx; dkim=pass (=?UTF-8?Q?gut_=C3=BC?=)'],
  ['X-Priority', '1 (höchste)', '1 (=?UTF-8?Q?h=C3=B6chste?=)'],
  ['X-SMTPAPI', '{"category":"grün 🔑"}', '{"category":"gr\\u00fcn \\ud83d\\udd11"}'],
  ['X-Mailgun-Variables', '["ü"]', '["\\u00fc"]'],
  ['X-File', 'report; name="Größe.pdf"; n=1', "report; name*=UTF-8''Gr%C3%B6%C3%9Fe.pdf; n=1"],
  ['X-Note', 'naïve "café" here', '=?UTF-8?Q?na=C3=AFve_=22caf=C3=A9=22?= here'],
  ['X-Reply-To', 'müller@x.de', '=?UTF-8?Q?m=C3=BCller=40x=2Ede?='],
])('all else is written by its grammar: %s: %s', (name, value, expected) => {
  expect(written(name, value)).toBe(expected);
});

test.each([
  ['Authentication-Results', 'mx.example; spf=pass smtp.mailfrom=ü@x.de'],
  ['DKIM-Signature', 'v=1; d=bücher.example; b=abc'],
  ['Content-Language', 'dé'],
  ['Auto-Submitted', 'automätisch'],
  ['List-Unsubscribe-Post', 'List-Unsubscribe=Ön'],
  ['Received', 'from bücher.example by x; Mon, 5 Jan 2026 10:00:00 +0000'],
])('a token beyond ASCII is refused: %s: %s', (name, value) => {
  expect(written(name, value)).toBe('unfit: may hold ASCII only, except in comments');
});

test('a long JSON value without blanks is folded between its parts, and stays the same JSON', () => {
  const value = { to: Array.from({ length: 300 }, (_, n) => `user-${n},"x"@example.com`), ü: { a: 'ü' } };
  const line = written('X-SMTPAPI', JSON.stringify(value));
  expect(JSON.parse(line)).toEqual(value);
});

test('a long value beyond ASCII of a parameter is written in sections', () => {
  const name = 'Größe '.repeat(30);
  const line = written('X-File', `report; name="${name}"`);
  const sections = [...line.matchAll(/name\*\d+\*=(?:UTF-8'')?([^;]*)/g)].map(([, part]) => part);
  expect(sections.length).toBeGreaterThan(5);
  expect(decodeURIComponent(sections.join(''))).toBe(name);
});

test.each([
  ['letters', 'x'.repeat(1200)],
  ['letters beyond ASCII', 'ü'.repeat(1200)],
  ['flags', '🏳️‍🌈'.repeat(300)],
  ['blanks', `a${' '.repeat(1200)}b`],
])('1,200 %s without a place to fold are split into encoded-words, in text and in names', (_what, text) => {
  expect(decoded(unfolded(fold('Subject', encodeText(text)) ?? ''))).toBe(text);
  expect(decoded(written('X-Text', text))).toBe(text);
  const to = unfolded(fold('To', mailboxList([{ name: text, address: 'a@x.de' }], false)) ?? '');
  expect(decoded(to)).toBe(`${text} <a@x.de>`);
});

test.each(['=?utf-8?Q?x?=', 'a =?iso-8859-1?B?eA==?= b', '=?utf-8?Q?a b?=', '=?', ' x ', 'a\tb', 'x\u0007'])(
  'a subject arrives as that text: %j',
  (text) => {
    const value = unfolded(fold('Subject', encodeText(text)) ?? '');
    expect(decoded(value)).toBe(text);
    if (text.includes('=?utf-8')) expect(value).not.toContain('=?utf-8');
  },
);

const characters = fc.oneof(
  fc.constantFrom(' ', '  ', '=?', '?=', '"', '\\', ',', '<', '>', '(', ')', '@', ';', ':', '_', '='),
  fc.string({ unit: 'binary', maxLength: 3 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.string({ unit: 'grapheme-ascii', maxLength: 200 }),
);
const text = fc
  .array(characters, { maxLength: 30 })
  .map((parts) => parts.join('').replace(/[\r\n\0]/g, ''))
  .filter((line) => line.trim() !== '');

test('any subject has valid lines and is decoded to what was given', () => {
  fc.assert(
    fc.property(text, (subject) => {
      expect(decoded(unfolded(fold('Subject', encodeText(subject)) ?? ''))).toBe(subject);
    }),
    { numRuns: 2000 },
  );
});

test('any text in a header of its own has valid lines; beyond ASCII it is decoded to what was given', () => {
  fc.assert(
    fc.property(text, (value) => {
      const line = written('X-Text', value);
      const trimmed = value.replace(/^[ \t]+|[ \t]+$/g, '');
      if (/^[\t -~]*$/.test(trimmed)) expect([line, decoded(line)]).toContain(trimmed);
      else if (!/^[{[]|^[^\s;]+\s*;/.test(trimmed)) expect(decoded(line)).toBe(trimmed);
    }),
    { numRuns: 2000 },
  );
});

test('any display name has valid lines and is decoded to what was given', () => {
  fc.assert(
    fc.property(text, (name) => {
      const value = unfolded(fold('From', mailboxList([{ name, address: 'a@x.de' }], false)) ?? '');
      const [, shown = ''] = /^([\s\S]*) <a@x\.de>$/.exec(value) ?? [];
      expect(shown.startsWith('"') ? shown.slice(1, -1).replace(/\\(.)/g, '$1') : decoded(shown)).toBe(name);
    }),
    { numRuns: 2000 },
  );
});

test('whatever a structured header holds, it leaves in valid lines or is refused', () => {
  const names = fc.constantFrom('List-Id', 'Resent-To', 'References', 'List-Unsubscribe', 'X-Any', 'Expires');
  fc.assert(
    fc.property(names, text, (name, value) => {
      expect(written(name, value)).toMatch(/\S/);
    }),
    { numRuns: 2000 },
  );
});
