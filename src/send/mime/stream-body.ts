// Gives a large body to the composer in pieces, so that encoding it does not hold up the event loop.
import { Readable } from 'node:stream';

/** Encoding a body of this many characters at once takes some 50 ms. */
export const mostAtOnce = 1024 * 1024;

const pieceCharacters = 64 * 1024;

/** The body as UTF-8 with CRLF at its line ends, because it is encoded as base64 (RFC 2045 section 6.8). */
export function streamBody(body: string): Readable {
  return Readable.from(piecesOf(body), { objectMode: false });
}

async function* piecesOf(body: string): AsyncGenerator<Buffer> {
  for (let at = 0; at < body.length; ) {
    const end = endOfPiece(body, at + pieceCharacters);
    yield Buffer.from(body.slice(at, end).replace(/\r\n|\r|\n/g, '\r\n'));
    at = end;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Neither a CRLF nor a pair of surrogates is divided. */
function endOfPiece(body: string, end: number): number {
  return /[\r\ud800-\udbff]/.test(body.charAt(end - 1)) ? end + 1 : end;
}
