// Reads header lines by the RFCs, to the character, where mailparser would trim or guess.
import { expect } from 'vitest';

/** The value of a header, unfolded (RFC 5322 section 2.2.3). Demands that its lines are fit to be sent. */
export function unfolded(lines: string): string {
  for (const line of lines.split('\r\n')) {
    expect(line.length, line).toBeLessThanOrEqual(998);
    expect(line).toMatch(/^[\t -~]*[!-~][\t -~]*$/);
    // A line of more than 78 characters has no blank that it could be folded before.
    if (line.length > 78) expect(line).toMatch(/^[!-9;-~]*:?[ \t]*[!-~]*$/);
  }
  expect(lines).not.toMatch(/\r\n(?![ \t])/);
  return lines.replace(/\r\n/g, '').replace(/^[!-9;-~]+: ?/, '');
}

/** Decodes encoded-words; white space between two of them is none (RFC 2047 section 6.2). */
export function decoded(value: string): string {
  return value
    .replace(/(\?=)[ \t]+(?==\?)/g, '$1')
    .replace(/=\?UTF-8\?([BQ])\?([!->@-~]*)\?=/g, (word, encoding: string, content: string) => {
      expect(word.length).toBeLessThanOrEqual(75);
      if (encoding === 'B') return strict(Buffer.from(content, 'base64'));
      expect(content).toMatch(/^(?:[A-Za-z0-9!*+/_-]|=[0-9A-F]{2})*$/);
      const bytes = content
        .replaceAll('_', ' ')
        .replace(/=(..)/g, (_all, byte: string) => String.fromCharCode(Number.parseInt(byte, 16)));
      return strict(Buffer.from(bytes, 'latin1'));
    });
}

/** Each encoded-word has to be text by itself. */
function strict(bytes: Buffer): string {
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
}
