// Base64 is decoded whole, with or without line breaks, and a text with any other character in it is refused.
import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { decodeBase64 } from '../../src/accept/attachments/decode-base64.js';

/** More than one turn of the event loop decodes. */
const large = randomBytes(2_000_001);

test.each([
  ['nothing', Buffer.alloc(0)],
  ['a few bytes', Buffer.from('a few')],
  ['two million', large],
])(
  '%s: the same bytes come back, in one line, in lines of 76 characters and among blanks',
  async (_name, bytes) => {
    const text = bytes.toString('base64');
    for (const form of [text, text.replace(/.{76}/g, '$&\r\n'), ` ${text}\n\n`]) {
      expect((await decodeBase64(`base64:${form}`, 7))?.equals(bytes)).toBe(true);
    }
  },
);

test('a character that is none of base64 is refused wherever it stands', async () => {
  const taken: string[] = [];
  for (let code = 0; code < 0x10000; code++) {
    const character = String.fromCharCode(code);
    if (/[A-Za-z0-9+/ \t\r\n]/.test(character)) continue;
    for (const text of [`QUJD${character}UJDQUJDQUJD`, `QUJDQUJDQUJ${character}QUJD`]) {
      if ((await decodeBase64(text, 0)) !== undefined) taken.push(text);
    }
  }
  expect(taken).toEqual([]);
});

test.each(['QQ', 'QQ=', 'QQ===', 'QUJD=', '=', 'Q===', 'QQ==QQ=='])('%j is refused', async (text) => {
  expect(await decodeBase64(text, 0)).toBeUndefined();
});
