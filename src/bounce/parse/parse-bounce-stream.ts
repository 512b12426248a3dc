// Reads as much of a stream as counts for a bounce, and stops there.
import { mostBytesRead, parseBounce } from './parse-bounce.js';
import type { Reading } from './reading.js';

/** Never holds more than a megabyte of the mail. The stream is closed when enough has come. */
export async function parseBounceStream(mail: AsyncIterable<Uint8Array | string>): Promise<Reading> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of mail) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    chunks.push(bytes.subarray(0, mostBytesRead - size));
    size += bytes.length;
    if (size >= mostBytesRead) break;
  }
  return parseBounce(Buffer.concat(chunks));
}
