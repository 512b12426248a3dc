// A large body is encoded in pieces, and arrives as it was handed in.
import { simpleParser } from 'mailparser';
import { expect, test } from 'vitest';
import { buildMime } from '../../../src/send/mime/build.js';

const message = { id: 'large', pk: '01ARZ3NDEKTSV4RRFFQ69G5FAV', date: Date.UTC(2026, 0, 1) };
const head = { from: { address: 'a@example.com' }, to: [{ address: 'b@example.org' }] };

test.each([
  ['lines', 'Grüße aus 東京\n'],
  ['one line', 'x'],
  ['characters beyond 16 bits', 'a😀'],
  ['CRLF at any place', 'abc\r\n'],
])(
  'a large body of %s arrives whole, in lines that every server takes, the same at each attempt',
  async (_name, unit) => {
    const body = unit.repeat(Math.ceil((1024 * 1024 + 1) / unit.length));
    const build = () =>
      buildMime(message, { given: { subject: 's', body }, head: { ...head, text: 'body' } });
    const { raw } = await build();
    expect(
      (await simpleParser(raw)).text?.replaceAll('\r\n', '\n').trimEnd() ===
        body.replaceAll('\r\n', '\n').trimEnd(),
    ).toBe(true);
    expect(
      Math.max(
        ...raw
          .toString('latin1')
          .split('\r\n')
          .map(({ length }) => length),
      ),
    ).toBeLessThanOrEqual(76);
    expect((await build()).raw.equals(raw)).toBe(true);
  },
);

test('other work runs while a large body is encoded', async () => {
  let turns = 0;
  const count = () => {
    turns += 1;
    counting = setImmediate(count);
  };
  let counting = setImmediate(count);
  const body = 'x'.repeat(4 * 1024 * 1024);
  await buildMime(message, { given: { subject: 's', body }, head: { ...head, html: 'body' } });
  clearImmediate(counting);
  expect(turns).toBeGreaterThan(30);
});
