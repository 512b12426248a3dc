// A long list of recipients is read as a short one is, and other work runs in between.
import { expect, test } from 'vitest';
import { readLongList } from '../../src/accept/mailbox-input.js';
import { messageInput } from '../../src/accept/message-input.js';

const addresses = Array.from({ length: 10_000 }, (_, n) => `Name ${n} <to-${n}@example.org>`);
const message = (to: string | string[]) =>
  messageInput.safeParseAsync({ id: 'm', from: 'a@example.com', to, subject: 's', body: 'b' });

test.each([
  ['list', addresses],
  ['text with commas', addresses.join(', ')],
])('All 10,000 mailboxes of a %s are read, in order', async (_, to) => {
  const parsed = await message(to);
  expect(parsed.data?.to.map(({ name, address }) => `${name} <${address}>`)).toEqual(addresses);
});

test.each([
  ['a bad address at its end', [...addresses.slice(1), 'nobody'], 'is not an e-mail address'],
  [
    'a line break at its end',
    [...addresses.slice(1), 'a@example.com\r\nBcc: x@y.z'],
    'contains a line break or NUL',
  ],
  [
    'one more mailbox than a mail may have',
    [...addresses.slice(1), 'a@b.c, d@e.f'],
    'names more than 10000 mailboxes',
  ],
  ['names without end', addresses.map((one) => `${'n '.repeat(300)}${one}`), 'is too long'],
])('A list with %s is refused with the reason', async (_, to, reason) => {
  const parsed = await message(to);
  expect(parsed.error?.issues).toMatchObject([{ path: ['to'], message: reason }]);
});

test('Other work runs while a list is read', async () => {
  let isRead = false;
  const reading = readLongList(addresses).then(() => {
    isRead = true;
  });
  let turns = 0;
  for (; !isRead; turns += 1) await new Promise((resolve) => setImmediate(resolve));
  await reading;
  expect(turns).toBeGreaterThan(5);
});
