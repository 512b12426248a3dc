// Encodes a content as base64 in lines of 76 characters (RFC 2045 section 6.8) while it is read.

const lineBytes = 57;
const lineCharacters = 76;
const lineBreak = Buffer.from('\r\n');

/** The length of `encodeBase64` for a content of that many bytes. */
export function encodedLength(bytes: number): number {
  const characters = 4 * Math.ceil(bytes / 3);
  return characters + lineBreak.length * Math.max(0, Math.ceil(characters / lineCharacters) - 1);
}

/** Line breaks stand between the lines, and none after the last. */
export async function* encodeBase64(blocks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  let isFirst = true;
  for await (const block of blocks) {
    const all = rest.length === 0 ? block : Buffer.concat([rest, block]);
    const whole = all.length - (all.length % lineBytes);
    rest = all.subarray(whole);
    if (whole === 0) continue;
    yield inLines(all.subarray(0, whole), isFirst);
    isFirst = false;
  }
  if (rest.length > 0) yield inLines(rest, isFirst);
}

/** @param isFirst whether no line comes before these */
function inLines(bytes: Buffer, isFirst: boolean): Buffer {
  const encoded = Buffer.from(bytes.toString('base64'), 'latin1');
  const lines = Buffer.allocUnsafe(
    encoded.length + lineBreak.length * Math.ceil(encoded.length / lineCharacters),
  );
  let size = 0;
  for (let at = 0; at < encoded.length; at += lineCharacters) {
    if (at > 0 || !isFirst) size += lineBreak.copy(lines, size);
    size += encoded.copy(lines, size, at, at + lineCharacters);
  }
  return lines.subarray(0, size);
}
