// Writes a structured header beyond ASCII by its grammar: names, comments, links and parameters each in their own way.
import { isAsciiText, withAsciiDomain } from './addresses.js';
import { encodeWords } from './encode-words.js';

/**
 * Names and comments become encoded-words (RFC 2047 section 5), links are percent-encoded (RFC 3987 section 3.1), domains
 * get their ASCII form. All else stays as it is.
 * @returns undefined where there is no way to write the value, such as for a local part beyond ASCII
 */
export function encodeStructured(value: string): string | undefined {
  return encodeTokens(value, encodeRun);
}

/** As `encodeStructured`, for headers in which only comments may hold encoded-words. */
export function encodeComments(value: string): string | undefined {
  return encodeTokens(value, (run) => (isAsciiText(run) ? run : undefined));
}

function encodeTokens(value: string, encode: (run: string) => string | undefined): string | undefined {
  let out = '';
  let phrase = '';
  const endPhrase = (): boolean => {
    const written = encode(phrase);
    phrase = '';
    out += /[,;:]$/.test(out) && written?.startsWith('=?') ? ` ${written}` : (written ?? '');
    return written !== undefined;
  };
  for (let at = 0; at < value.length; ) {
    const end = endOf(value, at);
    if (end === undefined) return undefined;
    const token = value.slice(at, end);
    at = end;
    if (!/^[(<,;]|^:$/.test(token)) {
      phrase += token;
      continue;
    }
    if (!endPhrase()) return undefined;
    const written = token.startsWith('<') ? encodeAngle(token) : encodeComment(token);
    if (written === undefined) return undefined;
    // An encoded-word stands apart from whatever is beside it (RFC 2047 section 5, rule 3).
    out += out.endsWith('?=') ? ` ${written}` : written;
  }
  return endPhrase() ? out : undefined;
}

/** Where the quoted text, comment, text in angle brackets, separator, or other text that begins at `at` ends. */
function endOf(value: string, at: number): number | undefined {
  const first = value.charAt(at);
  // A colon ends the name of a group, but for the one in a link.
  if (/[,;]/.test(first) || (first === ':' && !value.startsWith('://', at))) return at + 1;
  const closing = { '"': '"', '(': ')', '<': '>' }[first];
  if (closing === undefined) {
    const other = /(?:[^"(<,;:]|:(?=\/\/))+/y;
    other.lastIndex = at;
    other.test(value);
    return other.lastIndex;
  }
  let depth = 0;
  for (let end = at; end < value.length; end += 1) {
    const char = value.charAt(end);
    if (char === '\\') end += 1;
    else if (char === closing && end > at) depth -= 1;
    else if (char === first && (end === at || first === '(')) depth += 1;
    if (depth === 0) return end + 1;
  }
  return undefined;
}

/** A name before an address, words, or an address without angle brackets. */
function encodeRun(run: string): string | undefined {
  if (isAsciiText(run)) return run;
  const [, before = '', inner = '', after = ''] = /^([ \t]*)([\s\S]*?)([ \t]*)$/.exec(run) ?? [];
  if (/^\S+@[^\s"]+$/.test(inner)) {
    const address = withAsciiDomain(inner);
    return isAsciiText(address) ? before + address + after : undefined;
  }
  const text = inner.replace(/"((?:[^"\\]|\\.)*)"/gsu, (_all, quoted: string) =>
    quoted.replace(/\\(.)/gsu, '$1'),
  );
  return before + encodeWords(text) + after;
}

function encodeComment(token: string): string {
  return isAsciiText(token) ? token : `(${encodeWords(token.slice(1, -1))})`;
}

function encodeAngle(token: string): string | undefined {
  if (isAsciiText(token)) return token;
  const inner = token.slice(1, -1);
  const written = /^\s*[a-z][a-z0-9+.-]*:/i.test(inner) ? encodeLink(inner) : withAsciiDomain(inner);
  return isAsciiText(written) ? `<${written}>` : undefined;
}

function encodeLink(link: string): string {
  if (/^\s*https?:/i.test(link) && URL.canParse(link)) return new URL(link).href;
  return link.toWellFormed().replace(/[^ -~]+/gu, encodeURIComponent);
}

/** A parameter that is longer cannot stand in a line (RFC 5322 section 2.1.1), and is continued as RFC 2231 section 3 has it. */
const mostInLine = 900;

/** `token; name=value; name="value"`, in which values beyond ASCII are written as RFC 2231 has it; undefined: another form. */
export function encodeParameters(value: string): string | undefined {
  const first = /^[^\s;"<>()\u0080-\u{10ffff}]+[ \t]*(?=;)/u.exec(value)?.[0];
  if (first === undefined) return undefined;
  const parameter = /;([ \t]*)([\w!#$&+.^`|~-]+)=("(?:[^"\\]|\\.)*"|[^";\s]*)([ \t]*)/gy;
  let out = first;
  for (let at = first.length; at < value.length; at = parameter.lastIndex) {
    parameter.lastIndex = at;
    const [all, before = '', name = '', text = '', after = ''] = parameter.exec(value) ?? [];
    if (all === undefined) return undefined;
    out +=
      isAsciiText(text) && all.length <= mostInLine
        ? all
        : `;${before || ' '}${encodeParameter(name, text)}${after}`;
  }
  return out;
}

/** So that a section with its name stays below the 78 characters of a line. */
const mostInSection = 50;

function encodeParameter(name: string, given: string): string {
  const text = given.startsWith('"') ? given.slice(1, -1).replace(/\\(.)/gsu, '$1') : given;
  const sections = [''];
  for (const char of text.toWellFormed()) {
    const written = /[\w.-]/.test(char)
      ? char
      : [...Buffer.from(char)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
    const last = sections.length - 1;
    if ((sections[last] ?? '').length + written.length > mostInSection) sections.push(written);
    else sections[last] += written;
  }
  const [only = '', ...more] = sections;
  if (more.length === 0) return `${name}*=UTF-8''${only}`;
  return sections.map((one, n) => `${name}*${n}*=${n === 0 ? "UTF-8''" : ''}${one}`).join('; ');
}
