// Decodes base64 a part at a time, so that other calls run in between, and refuses what is not base64.

/** Characters decoded in one turn of the event loop, some 2 ms. A multiple of four. */
const charactersPerTurn = 1024 * 1024;

const alphabet = /^[A-Za-z0-9+/]*$/;

/**
 * Line breaks and blanks are passed over (RFC 2045 section 6.8); padding is required (RFC 4648 section 3.2).
 * @param from where in the text the base64 begins
 * @returns undefined for a text that is not base64
 */
export async function decodeBase64(text: string, from: number): Promise<Buffer | undefined> {
  const decoded = Buffer.allocUnsafe(Math.ceil((text.length - from) / 4) * 3);
  let size = 0;
  let rest = '';
  for (let at = from; at < text.length; at += charactersPerTurn) {
    if (at > from) await new Promise((resolve) => setImmediate(resolve));
    const part = rest + withoutBlanks(text.slice(at, at + charactersPerTurn));
    const whole = part.length - (part.length % 4);
    // Only the last four characters of the text may have padding.
    const sure = Math.max(0, whole - 4);
    const certain = part.slice(0, sure);
    if (!alphabet.test(certain)) return undefined;
    size += decoded.write(certain, size, 'base64');
    rest = part.slice(sure);
  }
  if (!/^(?:[A-Za-z0-9+/]{2}(?:==|[A-Za-z0-9+/](?:=|[A-Za-z0-9+/])))?$/.test(rest)) return undefined;
  size += decoded.write(rest, size, 'base64');
  return decoded.subarray(0, size);
}

function withoutBlanks(part: string): string {
  return /[ \t\r\n]/.test(part) ? part.replace(/[ \t\r\n]+/g, '') : part;
}
