// Writes text beyond ASCII as encoded-words (RFC 2047), so that a header line is ASCII and any word of it can be folded.

/** What may stand bare in an encoded-word anywhere, also in a display name (RFC 2047 section 5, rule 3). */
const bare = /[A-Za-z0-9!*+/-]/;
/** With its frame `=?UTF-8?Q??=`, an encoded-word of this length fits into a line beside the name of most headers. */
const longestContent = 52;
const mostBytesInBase64 = Math.floor(longestContent / 4) * 3;
/** Words up to this length stay as they are, which leaves room for the name of the header in a line of 998. */
const longestWord = 900;
/** Where an encoded-word begins or ends. Readers are lenient with what stands between. */
const frame = /=\?|\?=/;
/** White space that a line can be folded before, without a part of it getting lost. */
const longestBlank = 60;

/** @returns encoded-words with blanks between them, which a reader puts together again without the blanks */
export function encodeWords(text: string): string {
  const wellFormed = text.toWellFormed();
  let quoted = 0;
  for (const char of wellFormed) quoted += quotedSize(char);
  const base64 = Math.ceil(Buffer.byteLength(wellFormed) / 3) * 4;
  // Quoted text is easier to read for people and filters, so it may be somewhat longer.
  return quoted <= base64 * 1.5
    ? pieces(wellFormed, quotedSize, longestContent)
        .map((piece) => `=?UTF-8?Q?${quote(piece)}?=`)
        .join(' ')
    : pieces(wellFormed, Buffer.byteLength, mostBytesInBase64)
        .map((piece) => `=?UTF-8?B?${Buffer.from(piece).toString('base64')}?=`)
        .join(' ');
}

/** Whole characters go into each piece, so that each encoded-word can be decoded by itself. */
function pieces(text: string, sizeOf: (char: string) => number, most: number): string[] {
  const all: string[] = [];
  let piece = '';
  let size = 0;
  for (const char of text) {
    const more = sizeOf(char);
    if (size + more > most) {
      all.push(piece);
      piece = '';
      size = 0;
    }
    piece += char;
    size += more;
  }
  return [...all, piece];
}

function quotedSize(char: string): number {
  return char === ' ' || bare.test(char) ? 1 : 3 * Buffer.byteLength(char);
}

function quote(text: string): string {
  return text.replace(/[^A-Za-z0-9!*+/-]/gu, (char) =>
    char === ' ' ? '_' : [...Buffer.from(char)].map((byte) => `=${hex(byte)}`).join(''),
  );
}

function hex(byte: number): string {
  return byte.toString(16).toUpperCase().padStart(2, '0');
}

/**
 * Unstructured text: what is ASCII stays readable, and the words from the first to the last that cannot stand as they are
 * become encoded-words. Text that only looks like an encoded-word is encoded as well, so that it arrives as that text.
 */
export function encodeText(text: string): string {
  if (text.length <= longestWord && /^[!-~]+(?: [!-~]+)*$/.test(text) && !frame.test(text)) return text;
  const tokens = text.match(/[ \t]+|[^ \t]+/g) ?? [];
  let first = tokens.length;
  let last = -1;
  for (const [at, token] of tokens.entries()) {
    const blank = /^[ \t]/.test(token);
    const outer = at === 0 || at === tokens.length - 1;
    if (!(blank ? outer || token.length > longestBlank : mustBeEncoded(token))) continue;
    // A blank is encoded together with the words beside it: encoded-words stand apart from others.
    first = Math.min(first, blank ? Math.max(at - 1, 0) : at);
    last = blank ? Math.min(at + 1, tokens.length - 1) : at;
  }
  if (last === -1) return text;
  const encoded = encodeWords(tokens.slice(first, last + 1).join(''));
  return tokens.slice(0, first).join('') + encoded + tokens.slice(last + 1).join('');
}

function mustBeEncoded(word: string): boolean {
  return word.length > longestWord || frame.test(word) || /[^!-~]/.test(word);
}

/** A display name: words, a quoted text, or encoded-words (RFC 5322 section 3.2.5). */
export function encodePhrase(name: string): string {
  if (!/^[ -~]*$/.test(name) || frame.test(name) || !canBeFolded(name)) return encodeWords(name);
  if (/^[\w!#$%&'*+/=?^`{|}~-]+(?: [\w!#$%&'*+/=?^`{|}~-]+)*$/.test(name)) return name;
  return `"${name.replace(/["\\]/g, '\\$&')}"`;
}

/** Half of the longest word, because a backslash may precede each of its characters. */
function canBeFolded(name: string): boolean {
  if (name.length <= longestBlank) return true;
  return (
    !name.includes(' '.repeat(longestBlank)) &&
    name.split(' ').every((word) => word.length <= longestWord / 2)
  );
}
