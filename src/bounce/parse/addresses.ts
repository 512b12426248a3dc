// Finds mail addresses in headers, report fields and running text.

/** An address as servers print it: no blanks, no brackets, a domain with a name in it. Quoted local parts included. */
const source =
  '(?:"[^"\\n]{1,64}"|[^\\s<>()\\[\\]",;:\'|（）「」『』【】《》〈〉、。，：；！？“”‘’«»„]{1,128})@(?:[\\p{L}\\p{N}](?:[\\p{L}\\p{N}_-]{0,62})\\.){0,8}[\\p{L}\\p{N}][\\p{L}\\p{N}-]{0,62}';
const address = new RegExp(source, 'gu');
/** The same, at the beginning of a text. */
export const leadingAddress = new RegExp(
  `^(?:<\\s?(${source})\\s?>|(?:mailto:|smtp:|\\[smtp:)?(${source})\\]?)`,
  'iu',
);

const mostInText = 200;

export function addressesIn(text: string): string[] {
  const found = new Set<string>();
  for (const [one] of text.matchAll(address)) {
    found.add(tidyAddress(one));
    if (found.size >= mostInText) break;
  }
  return [...found];
}

/** Chinese, Japanese and Korean text has no blanks around an address. */
const withoutBlanks = '\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Hangul}ー';
const textBefore = new RegExp(`^[${withoutBlanks}]+(?=[!-~]+@)`, 'u');
const textBehind = new RegExp(`(?<=[a-z0-9])[${withoutBlanks}]+$`, 'iu');

/** Without the marks and the text that stand around an address. A local part may begin with `=` or `+`, so those stay. */
export function tidyAddress(text: string): string {
  return text
    .replace(textBefore, '')
    .replace(textBehind, '')
    .replace(/^(?:mailto:|smtp:|rfc822[;=])/i, '')
    .replace(/^['`*=]+(?=[^'`*=])/, (marks) => (marks === '=' ? marks : ''))
    .replace(/[.'`]+$/, '');
}

/** The address of a report field: `rfc822;ann@example.org`, `<ann@example.org>`, with xtext or utf-8 forms decoded. */
export function addressOfField(value: string): string | undefined {
  const typed = /^\s*([\w-]{1,40})\s*;\s*(.*)$/s.exec(value);
  const text = (typed?.[2] ?? value).trim();
  const decoded = typed?.[1]?.toLowerCase() === 'utf-8' ? decodeUtf8Address(text) : text;
  // X.400 and source routes (`@relay:ann@host`) hold no plain address, programs behind a pipe one in the middle.
  const [first] = addressesIn(decoded.replace(/^@[^:\s]{1,200}:/, ''));
  return first !== undefined && isRoutable(first) ? first : undefined;
}

/** RFC 6533 section 3: `\x{E9}` stands for a character. */
function decodeUtf8Address(text: string): string {
  return text.replace(/\\x\{([0-9A-F]{1,6})\}/gi, (all, hex: string) => {
    const code = Number.parseInt(hex, 16);
    return code < 0x110000 ? String.fromCodePoint(code) : all;
  });
}

/** A domain with a dot in it. Others are names of the reporting server's own. */
export function isRoutable(one: string): boolean {
  return one.slice(one.lastIndexOf('@') + 1).includes('.');
}

export function isSameAddress(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

/** The address of the mail system itself, or of its support. */
export function isOfMailSystem(one: string): boolean {
  return /^(?:mailer[-_]?daemon|post_?master|poo?stmaster|mail-?daemon|daemon|abuse|no-?reply|support|help-?desk|hostmaster|root)@/i.test(
    one,
  );
}
