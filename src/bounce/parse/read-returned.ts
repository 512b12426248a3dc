// What the headers of the returned mail tell, wherever they stand: in a part, in a part of text, or behind the notice.
import { decodeHeader } from '../mime/decode-text.js';
import { fieldOf, fieldsOf, type HeaderFields, readHeaderFields } from '../mime/header-fields.js';
import type { MimePart } from '../mime/read-mime.js';
import { addressesIn } from './addresses.js';
import type { ReturnedMail } from './reading.js';
import { unwrapSender } from './unwrap-envelope.js';

/** Fields that hold the id of a mail, with those in which providers keep the one that they replaced. */
const idFields = [
  'message-id',
  'x-original-message-id',
  'x-ms-exchange-parent-message-id',
  'x-gm-original-message-id',
  'x-google-original-message-id',
  'x-message-id',
];
const mostIds = 10;
const mostLinesToSkip = 40;

/** @param behind the text behind the notice, from the line that begins the returned mail */
export function readReturned(parts: MimePart[], behind: string): ReturnedMail {
  const blocks = [...parts.flatMap(headersIn), ...headersBehind(behind)];
  const messageIds = new Set<string>();
  for (const fields of blocks) {
    for (const value of idFields.flatMap((name) => fieldsOf(fields, name))) {
      const id = (/<([^<>\s]{1,500})>/.exec(value)?.[1] ?? value).trim();
      if (id !== '' && messageIds.size < mostIds) messageIds.add(id);
    }
  }
  const first = (name: string) =>
    blocks.map((fields) => fieldOf(fields, name)).find((value) => value !== '') ?? '';
  const genroMailId = decodeHeader(first('x-genro-mail-id')).slice(0, 255);
  const [sender] = addressesIn(first('return-path'));
  return {
    messageIds: [...messageIds],
    ...(genroMailId !== '' && { genroMailId }),
    ...(sender !== undefined && { envelopeSender: unwrapSender(sender) }),
    to: addressesIn(decodeHeader(first('to'))),
  };
}

function headersIn(part: MimePart, index: number): HeaderFields[] {
  if (part.enclosed) return [part.enclosed];
  if (
    /^(?:text\/rfc822-headers|message\/(?:rfc822|global|global-headers|rfc822-headers|partial))$/.test(
      part.type,
    )
  ) {
    return [readHeaderFields(part.text().replace(/^\s+/, ''), 0).fields];
  }
  // Some servers put the returned mail's own headers where those of the part belong.
  const stray = index > 0 && part.fields.some(([name]) => name === 'message-id');
  return stray ? [part.fields] : [];
}

/** The headers begin some lines behind the separator, and may be indented or quoted. */
function headersBehind(behind: string): HeaderFields[] {
  if (behind === '') return [];
  const lines = behind.split('\n').map((line) => line.replace(/^>+ ?/, ''));
  const at = lines.findIndex(
    (line, index) => index < mostLinesToSkip && /^\s*[A-Za-z][\w-]{1,40}:\s/.test(line),
  );
  if (at === -1) return [];
  const indent = /^\s*/.exec(lines[at] ?? '')?.[0] ?? '';
  const text = lines
    .slice(at)
    .map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line))
    .join('\n');
  // Notices put blank lines between header lines, so several blocks in a row are read.
  const blocks: HeaderFields[] = [];
  for (let from = 0; from < text.length && blocks.length < 8; ) {
    const { fields, end } = readHeaderFields(text, from);
    if (fields.length > 0) blocks.push(fields);
    else if (blocks.length > 0) break;
    const newline = text.indexOf('\n', from);
    from = end > from ? end : newline === -1 ? text.length : newline + 1;
  }
  return blocks;
}
