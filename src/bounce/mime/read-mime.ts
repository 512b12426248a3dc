// Reads a mail into its parts in one pass, whatever it is made of: deep, endless, cut off or against the standard.
import { decodeBody } from './decode-text.js';
import { fieldOf, type HeaderFields, readHeaderFields, readMediaType } from './header-fields.js';

export interface MimePart {
  /** In lower case; `text/plain` where the part names none. */
  type: string;
  /** The fields of the part itself. */
  fields: HeaderFields;
  /** How many mails the part is enclosed in: 0 for the mail itself, 1 for a returned one. */
  level: number;
  /** Of an enclosed mail: its header fields. */
  enclosed?: HeaderFields;
  /** The decoded body; bounded. */
  text(): string;
}

interface Mime {
  fields: HeaderFields;
  /** Without the containers; an enclosed mail is named before its own parts. */
  parts: MimePart[];
}

/** A report has 3 to 8 parts. What comes after these bounds is not read. */
const mostParts = 200;
const deepest = 16;
const mostEnclosed = 3;

/** A mail, or one of its parts, of which the header is read. */
interface Entity {
  fields: HeaderFields;
  type: string;
  params: Map<string, string>;
  level: number;
  begin: number;
}

/** @param text one character a byte, with LF line ends */
export function readMime(text: string): Mime {
  const parts: MimePart[] = [];
  /** Containers that are open, the innermost last. */
  const open: { boundary: string; level: number }[] = [];
  const root = readEntity(text, 0, 0);
  let entity: Entity | undefined = root;
  while (entity !== undefined && parts.length < mostParts) {
    const boundary = entity.type.startsWith('multipart/')
      ? entity.params.get('boundary')?.trimEnd()
      : undefined;
    const isContainer = boundary !== undefined && boundary !== '' && open.length < deepest;
    if (isContainer) open.push({ boundary, level: entity.level });
    else if (isPlainEnclosure(entity)) {
      const inner = readEntity(text, entity.begin, entity.level + 1);
      parts.push(toPart(text, entity, endOfPart(text, entity.begin, open).at, inner.fields));
      entity = inner;
      continue;
    }
    const end = endOfPart(text, entity.begin, open);
    // A container without any of its boundaries is read as the text that it is.
    if (!isContainer || end.index === undefined) parts.push(toPart(text, entity, end.at));
    entity = nextPart(text, end, open);
  }
  return { fields: root.fields, parts };
}

function readEntity(text: string, at: number, level: number): Entity {
  const { fields, end } = readHeaderFields(text, at);
  const { type, params } = readMediaType(fieldOf(fields, 'content-type'));
  return { fields, type: type.includes('/') ? type : 'text/plain', params, level, begin: end };
}

/** An enclosed mail that stands there as it is. An encoded one is decoded by its reader. */
function isPlainEnclosure({ type, fields, level }: Entity): boolean {
  if (type !== 'message/rfc822' && type !== 'message/global') return false;
  const encoding = fieldOf(fields, 'content-transfer-encoding').trim();
  return level < mostEnclosed && !/^(?:base64|quoted-printable)$/i.test(encoding);
}

/** Where a part ends, and which of the open containers says so; none at the end of the mail. */
interface PartEnd {
  at: number;
  /** Behind the boundary. */
  next: number;
  index?: number;
  isLast?: boolean;
}

function endOfPart(text: string, from: number, open: { boundary: string }[]): PartEnd {
  let at = text.startsWith('--', from) ? from : lineWithDashes(text, from);
  while (at !== -1 && open.length > 0) {
    const newline = text.indexOf('\n', at);
    const lineEnd = newline === -1 ? text.length : newline;
    // RFC 2046 section 5.1.1: a boundary has 70 characters at most. Some servers use more.
    if (lineEnd - at < 500) {
      const line = text.slice(at + 2, lineEnd).trimEnd();
      const index = open.findLastIndex(
        ({ boundary }) => line.startsWith(boundary) && (line === boundary || line === `${boundary}--`),
      );
      if (index !== -1) {
        const isLast = line !== open[index]?.boundary;
        return { at: Math.max(from, at - 1), next: Math.min(lineEnd + 1, text.length), index, isLast };
      }
    }
    at = lineWithDashes(text, lineEnd);
  }
  return { at: text.length, next: text.length };
}

function lineWithDashes(text: string, from: number): number {
  const found = text.indexOf('\n--', from);
  return found === -1 ? -1 : found + 1;
}

/** Closes what has ended, skips what stands behind a container, and reads the header of the part that follows. */
function nextPart(
  text: string,
  ended: PartEnd,
  open: { boundary: string; level: number }[],
): Entity | undefined {
  let end = ended;
  for (;;) {
    if (end.index === undefined) return undefined;
    const container = open[end.index];
    open.length = end.isLast ? end.index : end.index + 1;
    if (!end.isLast && container !== undefined) return readEntity(text, end.next, container.level);
    end = endOfPart(text, end.next, open);
  }
}

function toPart(text: string, entity: Entity, end: number, enclosed?: HeaderFields): MimePart {
  const { type, fields, level, begin, params } = entity;
  const encoding = fieldOf(fields, 'content-transfer-encoding');
  return {
    type,
    fields,
    level,
    ...(enclosed && { enclosed }),
    text: () => decodeBody(text.slice(begin, end), encoding, params.get('charset') ?? ''),
  };
}
