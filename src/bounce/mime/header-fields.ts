// Reads a block of header fields, unfolded and bounded, from mail as it came (RFC 5322 section 2.2).

/** Fields in their order, with names in lower case. */
export type HeaderFields = [name: string, value: string][];

interface HeaderBlock {
  fields: HeaderFields;
  /** Where the body begins. */
  end: number;
}

/** A returned mail has some hundred fields at most. What stands beyond these bounds is skipped, not kept. */
const mostFields = 500;
const mostCharacters = 8000;

/**
 * @param text one character a byte, with LF line ends
 * @param until the block ends here at the latest
 */
export function readHeaderFields(text: string, from: number, until = text.length): HeaderBlock {
  const fields: HeaderFields = [];
  let at = from;
  let skipping = false;
  while (at < until) {
    const newline = text.indexOf('\n', at);
    const lineEnd = newline === -1 || newline > until ? until : newline;
    if (isBlank(text, at, lineEnd)) return { fields, end: Math.min(lineEnd + 1, until) };
    const line = text.slice(at, Math.min(lineEnd, at + mostCharacters));
    const last = fields.at(-1);
    if ((/^[ \t]/.test(line) || continuesParameters(line, last?.[1])) && (last !== undefined || skipping)) {
      if (last !== undefined && !skipping && last[1].length < mostCharacters) last[1] += ` ${line.trim()}`;
    } else {
      const colon = /^([!-9;-~]{1,100})[ \t]*:/.exec(line);
      if (colon?.[1] !== undefined) {
        skipping = fields.length >= mostFields;
        if (!skipping) fields.push([colon[1].toLowerCase(), line.slice(colon[0].length).trim()]);
      } else if (!/^>?From /.test(line)) {
        // A line that is neither a field nor the envelope of an mbox file: the body begins without a blank line.
        return { fields, end: at };
      }
    }
    at = lineEnd + 1;
  }
  return { fields, end: until };
}

/** Some servers do not indent the parameters of a media type. */
function continuesParameters(line: string, value = ''): boolean {
  return value.endsWith(';') && /^(?:boundary|charset|report-type|type|name)\s?=/i.test(line);
}

function isBlank(text: string, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (text[at] !== ' ' && text[at] !== '\t') return false;
  return true;
}

/** The value of the first field of that name, given in lower case; empty if there is none. */
export function fieldOf(fields: HeaderFields, name: string): string {
  return fields.find(([one]) => one === name)?.[1] ?? '';
}

export function fieldsOf(fields: HeaderFields, name: string): string[] {
  return fields.filter(([one]) => one === name).map(([, value]) => value);
}

/** A media type and its parameters (RFC 2045 section 5.1), names in lower case. */
export function readMediaType(value: string): { type: string; params: Map<string, string> } {
  const type = /^[^\s;]*/.exec(value)?.[0].toLowerCase() ?? '';
  const params = new Map<string, string>();
  const pairs = /([\w-]{1,40})\s?=\s?(?:"([^"]{0,500})"|([^\s;"]{1,500}))/g;
  for (const [, name = '', quoted, bare] of value.slice(type.length, 4000).matchAll(pairs)) {
    if (!params.has(name.toLowerCase())) params.set(name.toLowerCase(), quoted ?? bare ?? '');
  }
  return { type, params };
}
