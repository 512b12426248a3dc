// The words of a mail that people read, and what stands behind them: the returned mail, where it is not a part of its own.
import { longestSeparator, separators } from '../formats/separators.js';
import { htmlToText } from '../mime/html-to-text.js';
import type { MimePart } from '../mime/read-mime.js';

export interface Notice {
  lines: string[];
  /** From the line on that begins the returned mail; empty if there is none. */
  returned: string;
}

/** A notice is one or two pages long. Anything longer is a mail, and its end says nothing. */
const mostLines = 1500;
const mostCharacters = 2000;
const mostParts = 20;

/** @param parts those of the mail that is judged, without enclosed mails */
export function readNotice(parts: MimePart[]): Notice {
  const plain = textOf(parts, /^(?:text\/(?!html|rfc822|calendar|css)|multipart\/)/);
  // Some servers write HTML alone, others an empty text beside it.
  const text = plain.trim().length > 20 ? plain : `${plain}\n${htmlToText(textOf(parts, /^text\/html$/))}`;
  const all = unquote(text.split('\n', mostLines).map((line) => line.slice(0, mostCharacters).trimEnd()));
  const at = all.findIndex((line, index) => index > 0 && isSeparator(line));
  if (at === -1) return { lines: all, returned: '' };
  return { lines: all.slice(0, at), returned: all.slice(at).join('\n') };
}

function textOf(parts: MimePart[], types: RegExp): string {
  return parts
    .filter(({ type }) => types.test(type))
    .slice(0, mostParts)
    .map((part) => part.text())
    .join('\n');
}

function isSeparator(line: string): boolean {
  if (line.length > longestSeparator) return false;
  const words = line.replace(/^[-*=_|#\s>]+/, '').toLowerCase();
  return words !== '' && separators.some((one) => one.test(words));
}

/** The lines of a forwarded bounce begin with `> `. */
function unquote(lines: string[]): string[] {
  const filled = lines.filter((line) => line !== '');
  const quoted = filled.filter((line) => line.startsWith('>'));
  return quoted.length > 5 && quoted.length > filled.length / 2
    ? lines.map((line) => line.replace(/^> ?/, ''))
    : lines;
}
