// A mail with attachments has the same bytes at every attempt, and the length that is told to the server.
import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import type { LoadedAttachment } from '../../../src/send/attachments/loaded-attachment.js';
import { buildMime } from '../../../src/send/mime/build.js';
import { encodeBase64, encodedLength } from '../../../src/send/mime/encode-base64.js';

async function* inBlocks(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function all(blocks: AsyncIterable<Buffer>): Promise<Buffer> {
  const read: Buffer[] = [];
  for await (const block of blocks) read.push(block);
  return Buffer.concat(read);
}

function attachment(filename: string, bytes: Buffer): LoadedAttachment {
  return {
    filename,
    mimeType: 'application/octet-stream',
    size: bytes.length,
    read: () => inBlocks(bytes, 1000),
    close: async () => undefined,
  };
}

test.each([0, 1, 2, 3, 56, 57, 58, 113, 114, 115, 5000])(
  '%i bytes are encoded in lines of 76',
  async (size) => {
    const bytes = randomBytes(size);
    const expected = (bytes.toString('base64').match(/.{1,76}/g) ?? []).join('\r\n');
    for (const block of [1, 56, 57, 58, 1000]) {
      expect((await all(encodeBase64(inBlocks(bytes, block)))).toString('latin1')).toBe(expected);
    }
    expect(encodedLength(size)).toBe(expected.length);
  },
);

test('the same mail at every attempt, of the length that it says', async () => {
  const message = { id: 'm1', pk: '01ARZ3NDEKTSV4RRFFQ69G5FAV', date: Date.UTC(2026, 0, 1) };
  const given = { subject: 'Files', body: 'Hi', html: '<p>' };
  const head = {
    from: { address: 'a@example.com' },
    to: [{ address: 'b@example.com' }],
    text: 'body' as const,
  };
  const contents = [0, 1, 5000].map((size) => randomBytes(size));
  const build = async () => {
    const attachments = contents.map((bytes, n) => attachment(`Grüße ${n}.bin`, bytes));
    const { raw, rest } = await buildMime(message, { given, head }, attachments);
    const blocks = rest === undefined ? Buffer.alloc(0) : await all(rest.blocks());
    expect(blocks.length).toBe(rest?.length);
    return Buffer.concat([raw, blocks]).toString('latin1');
  };
  const mail = await build();
  expect(await build()).toBe(mail);
  for (const bytes of contents) expect(mail.replaceAll('\r\n', '')).toContain(bytes.toString('base64'));
});
