// A mail opened for the readers of the formats: its own parts, its words, and what is known of the mail that it returns.
import { decodeHeader } from '../mime/decode-text.js';
import { fieldsOf, type HeaderFields } from '../mime/header-fields.js';
import { type MimePart, readMime } from '../mime/read-mime.js';
import { addressesIn } from './addresses.js';
import { type Notice, readNotice } from './read-notice.js';
import { readReturned } from './read-returned.js';
import type { EnvelopeClue, Reading } from './reading.js';
import { unwrapEnvelope } from './unwrap-envelope.js';

export interface Mail {
  fields: HeaderFields;
  /** Without the parts of enclosed mails, unless the mail forwards a bounce. */
  parts: MimePart[];
  notice: Notice;
  reading: Pick<Reading, 'returned' | 'envelope'>;
}

/** @param raw one character a byte */
export function openMail(raw: string): Mail {
  const { fields, parts } = readMime(raw.replace(/\r\n?/g, '\n'));
  const own = parts.filter(({ level }) => level === 0);
  // A person who forwards a bounce encloses it in a mail with a line of text or none.
  const isReport = ({ type }: MimePart) => /^message\/(?:global-)?delivery-status$/.test(type);
  const isOfList = fields.some(([name]) => name === 'list-id' || name === 'list-post');
  const forwards =
    !isOfList && !own.some(isReport) && parts.some((part) => part.level === 1 && isReport(part));
  const judged = forwards ? parts.filter(({ level }) => level === 1) : own;
  const notice = readNotice(judged);
  const returning = forwards ? parts.filter(({ level }) => level >= 1) : parts;
  return {
    fields,
    parts: judged,
    notice,
    reading: { returned: readReturned(returning, notice.returned), envelope: readEnvelope(fields) },
  };
}

/** The addresses that the mail itself was delivered to. */
function readEnvelope(fields: HeaderFields): EnvelopeClue[] {
  const names = ['delivered-to', 'x-original-to', 'envelope-to', 'x-envelope-to', 'x-delivered-to', 'to'];
  const values = names.flatMap((name) => fieldsOf(fields, name));
  const addresses = new Set(values.slice(0, 20).flatMap((value) => addressesIn(decodeHeader(value))));
  return [...addresses].slice(0, 20).map(unwrapEnvelope);
}
