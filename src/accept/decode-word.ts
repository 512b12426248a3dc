// Decodes an encoded-word (RFC 2047), as programs write display names.
import { unfit } from './identifier.js';

const encodedWord = /^=\?([\w-]{1,40})(?:\*[\w-]*)?\?([BQ])\?([!->@-~]*)\?=$/i;

/** @returns undefined for other text, and where the bytes are no text of the charset */
export function decodeWord(word: string): string | undefined {
  const [, charset, encoding = '', content = ''] = encodedWord.exec(word) ?? [];
  if (charset === undefined) return undefined;
  const bytes = encoding.toUpperCase() === 'B' ? Buffer.from(content, 'base64') : fromQuoted(content);
  try {
    const text = new TextDecoder(charset, { fatal: true }).decode(bytes);
    return unfit.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

function fromQuoted(content: string): Buffer {
  const latin1 = content
    .replaceAll('_', ' ')
    .replace(/=([0-9A-F]{2})/gi, (_all, byte: string) => String.fromCharCode(Number.parseInt(byte, 16)));
  return Buffer.from(latin1, 'latin1');
}
