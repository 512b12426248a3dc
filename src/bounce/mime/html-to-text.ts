// The readable text of an HTML body: tags become line ends or nothing, entities become characters.

const breaking = /^\/?(?:br|p|div|tr|table|li|ul|ol|h[1-6]|pre|hr|title|td)\b/i;
const hidden = /^(style|script|head)\b/i;
const entities: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'", nbsp: ' ' };

/** One pass over the text, so that a page of a million open tags costs no more than any other of its size. */
export function htmlToText(html: string): string {
  const lower = html.toLowerCase();
  let text = '';
  let at = 0;
  while (at < html.length) {
    const open = html.indexOf('<', at);
    if (open === -1) break;
    text += html.slice(at, open);
    const close = html.indexOf('>', open);
    if (close === -1) {
      at = html.length;
      break;
    }
    const tag = html.slice(open + 1, Math.min(close, open + 40));
    if (breaking.test(tag)) text += '\n';
    // An address in angle brackets that nobody escaped.
    else if (/^[^\s@<>]+@[^\s@<>]+$/.test(tag)) text += `<${tag}>`;
    at = close + 1;
    const element = hidden.exec(tag)?.[1]?.toLowerCase();
    if (element !== undefined) {
      const end = lower.indexOf(`</${element}`, at);
      // Without an end, all that follows would be hidden; it is shown instead.
      if (end !== -1) at = end;
    }
  }
  return decodeEntities(text + html.slice(at));
}

function decodeEntities(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,6}));/gi, (all, decimal, hex, name) => {
    if (name !== undefined) return entities[String(name).toLowerCase()] ?? all;
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    return code > 0 && code < 0x110000 ? String.fromCodePoint(code) : ' ';
  });
}
