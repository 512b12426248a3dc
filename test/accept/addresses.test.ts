// Mailboxes are parsed as people and programs write them, and undeliverable ones are refused with a reason.
import { expect, test } from 'vitest';
import { readMailboxes } from '../../src/accept/addresses.js';

test.each([
  ['a@example.com', [{ address: 'a@example.com' }]],
  [' a@example.com ', [{ address: 'a@example.com' }]],
  ['<a@example.com>', [{ address: 'a@example.com' }]],
  ['Ann <a@example.com>', [{ name: 'Ann', address: 'a@example.com' }]],
  ['"Lee, Ann" <a@example.com>', [{ name: 'Lee, Ann', address: 'a@example.com' }]],
  [
    '"Lee, Ann" <a@example.com>, b@example.com',
    [{ name: 'Lee, Ann', address: 'a@example.com' }, { address: 'b@example.com' }],
  ],
  ['Zoë Müller <z@example.com>', [{ name: 'Zoë Müller', address: 'z@example.com' }]],
  ['müller@bücher.example', [{ address: 'müller@bücher.example' }]],
  ['用户@例え.jp', [{ address: '用户@例え.jp' }]],
  ['"john doe"@example.com', [{ address: '"john doe"@example.com' }]],
  ['"a\\"b"@example.com', [{ address: '"a\\"b"@example.com' }]],
  ['a+tag@sub.example.com', [{ address: 'a+tag@sub.example.com' }]],
  ["o'brien@example.com", [{ address: "o'brien@example.com" }]],
  ['a@[192.0.2.1]', [{ address: 'a@[192.0.2.1]' }]],
  ['a@[IPv6:::1], b@example.com', [{ address: 'a@[IPv6:::1]' }, { address: 'b@example.com' }]],
  ['Ann (in Rome, 12" away) <a@example.com>,', [{ name: 'Ann', address: 'a@example.com' }]],
  ['a@localhost', [{ address: 'a@localhost' }]],
  ['"..x"@example.com', [{ address: '"..x"@example.com' }]],
  ['"a..b"@example.com', [{ address: '"a..b"@example.com' }]],
  ['"x."@example.com', [{ address: '"x."@example.com' }]],
  ['"x"@example.com', [{ address: 'x@example.com' }]],
  ['"a@b"@example.com', [{ address: '"a@b"@example.com' }]],
  ['""@example.com', [{ address: '""@example.com' }]],
  ['a@[ipv6:2001:db8::1]', [{ address: 'a@[ipv6:2001:db8::1]' }]],
  ['a@xn--bcher-kva.example', [{ address: 'a@xn--bcher-kva.example' }]],
  ['=?utf-8?b?WsO2ZQ==?= <z@example.com>', [{ name: 'Zöe', address: 'z@example.com' }]],
  [
    '=?iso-8859-1?Q?Z=F6e?= =?utf-8?q?_B=2E?= C <z@example.com>',
    [{ name: 'Zöe B. C', address: 'z@example.com' }],
  ],
  ['"=?utf-8?Q?Z=C3=B6e?=" <z@example.com>', [{ name: '=?utf-8?Q?Z=C3=B6e?=', address: 'z@example.com' }]],
  [
    '=?utf-8?Q?a=0D=0ABcc=3A_b?= <z@example.com>',
    [{ name: '=?utf-8?Q?a=0D=0ABcc=3A_b?=', address: 'z@example.com' }],
  ],
])('%s', (text, mailboxes) => {
  expect(readMailboxes(text)).toEqual(mailboxes);
});

test.each([
  ['nobody', 'is not an e-mail address'],
  ['a@', 'is not an e-mail address'],
  ['@example.com', 'is not an e-mail address'],
  ['a@b@example.com', 'is not an e-mail address'],
  ['a b@example.com', 'is not an e-mail address'],
  ['Ann <a@example.com', 'is not an e-mail address'],
  ['a@example.com b@example.com', 'is not an e-mail address'],
  ['Team: a@example.com, b@example.com;', 'names a group; name its members instead'],
  [`${'x'.repeat(65)}@example.com`, 'has a local part of more than 64 bytes'],
  [`${'ü'.repeat(33)}@example.com`, 'has a local part of more than 64 bytes'],
  ['a@-example.com', 'has a domain that cannot exist'],
  ['a@example..com', 'has a domain that cannot exist'],
  ['=?utf-8?Q?a=0D=0ABcc:_b?= <z@example.com>', 'names a group; name its members instead'],
  ['..x@example.com', 'is not an e-mail address'],
  ['a..b@example.com', 'is not an e-mail address'],
  ['a.@example.com', 'is not an e-mail address'],
  ['ü..b@example.com', 'is not an e-mail address'],
  ['"a<b"@x', 'has a character in its local part that cannot be sent'],
  ['"a>b"@x', 'has a character in its local part that cannot be sent'],
  ['A <"<a>"@x.de>', 'has a character in its local part that cannot be sent'],
  ['"a\tb"@x.de', 'has a character in its local part that cannot be sent'],
  ['a@[x>y]', 'has a domain that cannot exist'],
  ['a@[x]', 'has a domain that cannot exist'],
  ['a@[127.1]', 'has a domain that cannot exist'],
  ['a@[256.0.0.1]', 'has a domain that cannot exist'],
  ['a@[::1]', 'has a domain that cannot exist'],
  ['a@[IPv6:fe80::1%eth0]', 'has a domain that cannot exist'],
  ['a@[IPv6:1.2.3.4]', 'has a domain that cannot exist'],
  ['a@[tag:x]', 'has a domain that cannot exist'],
  ['a@127.0.0.1', 'has a domain that cannot exist'],
  ['a@１２７.１', 'has a domain that cannot exist'],
  ['a@my_host.example', 'has a domain that cannot exist'],
  ['a@ü_b.example', 'has a domain that cannot exist'],
  ['a@exa／mple.com', 'has a domain that cannot exist'],
  ['a@xn--a.com', 'has a domain that cannot exist'],
  [`${'l'.repeat(64)}@${'x.'.repeat(100)}com`, 'has an address of more than 254 bytes'],
  [`a@${'x'.repeat(64)}.com`, 'has a domain that cannot exist'],
  [`a@${'x.'.repeat(130)}com`, 'has a domain that cannot exist'],
])('refused: %s', (text, reason) => {
  const read = readMailboxes(text);
  expect(typeof read).toBe('string');
  if (!reason.startsWith('has a domain')) expect(read).toBe(reason);
});

test.each([
  ['"', 'an open quote'],
  ['(', 'open comments'],
  ['<', 'open brackets'],
  ['a@b,?,', 'a list without end'],
  ['a ', 'words'],
  ['\\', 'backslashes'],
  ['"a" ', 'quoted words'],
  ['@a.', 'a route'],
  ['ü', 'letters'],
])('100,000 characters of %s (%s) are answered', (piece) => {
  const read = readMailboxes(piece.repeat(Math.floor(100_000 / piece.length)));
  expect(read).toMatch(/^is /);
});

test('more than 1,000,000 characters are refused as too long', () => {
  expect(readMailboxes(`a${' a'.repeat(500_000)}`)).toBe('is too long');
});
