// The mailboxes that a message may name (contract section 4): display names and international addresses are fine,
// impossible ones are not.
import { beforeAll, describe, expect, test } from 'vitest';
import { type ApiStage, message, setApiStage } from '../../support/stage/api-stage.js';

let stage: ApiStage;
beforeAll(async () => {
  stage = await setApiStage();
  await stage.tenant('shop');
  await stage.account('shop', 'main');
});

const reasonFor = (fields: object) => stage.reasonFor(message(fields));

describe.each(['from', 'from_addr'])('%s', (field) => {
  const sender = (value: unknown) => reasonFor({ from: undefined, [field]: value });

  test.each([
    'a@example.com',
    ' a@example.com ',
    '<a@example.com>',
    'Ann Bee <a@example.com>',
    '"Bee, Ann" <a@example.com>',
    'Ännchen Ü. <ä@bücher.example>',
    '"quoted local"@example.com',
    'a@[192.0.2.1]',
    'root@localhost',
    'a+tag@sub.example.com',
    'a@example.com <a@example.com>',
  ])('may be %s', async (value) => {
    expect(await sender(value)).toBeUndefined();
  });

  test.each([
    'nobody',
    '@example.com',
    'a@',
    'a@@example.com',
    'a b@example.com',
    'a@exa mple.com',
    'a@-example.com',
    'a@example..com',
    'a@example.com/path',
    'a@example.com?x',
    'a@ex%61mple.com',
    '<a@example.com',
    'a@example.com>',
    'a@example.com, b@example.com',
    'a@example.com\r\nBcc: b@example.com',
    'Ann\n <a@example.com>',
    'a\u0000@example.com',
    `${'a'.repeat(65)}@example.com`,
    `a@${'b'.repeat(64)}.com`,
    'friends: a@example.com;',
    5,
    {},
    [5],
  ])('may not be %j', async (value) => {
    expect(await sender(value)).toMatch(new RegExp(`^${field}[:.]`));
  });
});

describe.each(['to', 'cc', 'bcc', 'reply_to'])('%s', (field) => {
  test.each(
    [
      'a@example.org',
      'a@example.org, b@example.org',
      'a@example.org,b@example.org,',
      '"Bee, Ann" <a@example.org>, b@example.org',
      ['a@example.org'],
      ['a@example.org', 'Bee <b@example.org>'],
      ['a@example.org, b@example.org', 'c@example.org'],
    ].map((value) => [value]),
  )('may be %j', async (value) => {
    expect(await reasonFor({ [field]: value })).toBeUndefined();
  });

  test.each(
    [
      'nobody',
      'a@example.org, nobody',
      'a@example.org; b@example.org',
      ['a@example.org', 'nobody'],
      ['a@example.org', 5],
      ['a@example.org', null],
      [['a@example.org']],
      5,
      true,
      { address: 'a@example.org' },
      'a@example.org\r\nX: y',
      ['a@example.org', 'b@example.org\n'],
    ].map((value) => [value]),
  )('may not be %j', async (value) => {
    expect(await reasonFor({ [field]: value })).toMatch(new RegExp(`^${field}[:.]`));
  });
});

test('cc, bcc and reply_to may be empty; to may not', async () => {
  for (const nothing of ['', [], null]) {
    expect(await reasonFor({ cc: nothing, bcc: nothing, reply_to: nothing })).toBeUndefined();
    expect(await reasonFor({ to: nothing })).toBe('missing to');
  }
  expect(await reasonFor({ to: [' ', ''] })).toBe('to: names nobody');
});
