// Decodes what stands in a mail: transfer encodings, character sets and encoded-words, never failing.

/** More of one part is not decoded. Reports and notices are some kilobytes long; the longest seen had 65. */
const mostBytes = 256 * 1024;

/** @param body one character a byte */
export function decodeBody(body: string, encoding: string, charset: string): string {
  const part = body.slice(0, mostBytes);
  return toText(decodeTransfer(part, encoding.trim().toLowerCase()), charset).replace(/\r\n?/g, '\n');
}

function decodeTransfer(body: string, encoding: string): Buffer {
  if (encoding === 'base64') return Buffer.from(body, 'base64');
  return Buffer.from(
    encoding === 'quoted-printable' ? decodeQuoted(body.replace(/=[ \t]*\n/g, '')) : body,
    'latin1',
  );
}

function decodeQuoted(text: string): string {
  return text.replace(/=([0-9A-F]{2})/gi, (_all, byte: string) =>
    String.fromCharCode(Number.parseInt(byte, 16)),
  );
}

/** Text of an unknown or wrongly named character set is read as UTF-8 where it is, else as Latin 1. */
function toText(bytes: Buffer, charset: string): string {
  const text = bytes.toString('latin1');
  // ISO-2022-JP looks like ASCII, and many servers send it without a name or under another one.
  const label = /\p{Cc}\$[@B]/u.test(text) ? 'iso-2022-jp' : charset.trim().toLowerCase();
  if (/^[\t\n\r -~]*$/.test(text)) return text;
  return tryDecode(bytes, label || 'utf-8') ?? tryDecode(bytes, 'utf-8') ?? text;
}

function tryDecode(bytes: Buffer, label: string): string | undefined {
  try {
    return new TextDecoder(label, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** The text of a header field, with its encoded-words decoded (RFC 2047) and raw UTF-8 read as such (RFC 6532). */
export function decodeHeader(value: string): string {
  const whole = toText(Buffer.from(value, 'latin1'), 'utf-8');
  const joined = whole.replace(/\?=\s{1,20}=\?/g, '?==?');
  return joined.replace(
    /=\?([\w-]{1,40})(?:\*[\w-]{0,20})?\?([BQ])\?([^?\s]{0,1000})\?=/gi,
    (_all, charset: string, encoding: string, content: string) => {
      const isBase64 = encoding.toUpperCase() === 'B';
      const bytes = isBase64 ? content : content.replaceAll('_', ' ');
      return toText(decodeTransfer(bytes, isBase64 ? 'base64' : 'quoted-printable'), charset);
    },
  );
}
