// Reads mailboxes as people and programs write them (RFC 5322 section 3.4, internationalised as in RFC 6532), in a time
// that grows with their length only.
import { domainToASCII } from 'node:url';
import type { Mailbox } from '../domain/message.js';
import { unfit, unfitReason } from './identifier.js';

/** Most addresses are this plain; the reader of tokens is for the rest. */
const plain = /^[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/;
const dotAtom = /^[^\s"(),:;<>@[\\\]]+$/u;
const special = new Set('"(),:;<>@[]\\');
/** ASCII that stands in no domain; Node's domainToASCII cuts some of it off instead of refusing it. */
const foreign = /[^\w.\u0080-\u{10ffff}-]/u;
const longestText = 1_000_000;
const mostMailboxes = 10_000;
const notAnAddress = 'is not an e-mail address';

/**
 * @param given one text or several, each one mailbox or several with commas between them
 * @returns the mailboxes, or the reason why these are not mailboxes
 */
export function readMailboxes(given: string | readonly string[]): Mailbox[] | string {
  const mailboxes: Mailbox[] = [];
  for (const text of typeof given === 'string' ? [given] : given) {
    const trimmed = text.trim();
    if (trimmed.length > longestText) return 'is too long';
    const found = plain.test(trimmed) ? [{ address: trimmed }] : readList(trimmed);
    if (typeof found === 'string') return found;
    for (const mailbox of found) {
      const fault = faultOf(mailbox.address);
      if (fault !== undefined) return fault;
      mailboxes.push(mailbox);
    }
    if (mailboxes.length > mostMailboxes) return `names more than ${mostMailboxes} mailboxes`;
  }
  return mailboxes;
}

function readList(text: string): Mailbox[] | string {
  if (unfit.test(text.replaceAll('\t', ' '))) return unfitReason;
  const mailboxes: Mailbox[] = [];
  for (const entry of entriesOf(text)) {
    if (typeof entry === 'string') return entry;
    // Two commas with nothing between them: obsolete, but what joining lists leaves behind.
    if (entry.length === 0) continue;
    const mailbox = readEntry(entry);
    if (mailbox === undefined) return notAnAddress;
    mailboxes.push(mailbox);
  }
  return mailboxes;
}

interface Token {
  kind: 'word' | 'quoted' | 'literal' | '<' | '>' | '@';
  text: string;
  /** Whether white space or a comment stands before it. */
  apart: boolean;
}

/** The tokens of each entry between commas; instead of an entry, why there are none. */
function* entriesOf(text: string): Generator<Token[] | string> {
  let entry: Token[] = [];
  let apart = false;
  let inAngle = false;
  for (let at = 0; at < text.length; ) {
    const char = text.charAt(at);
    const end = endOf(text, at);
    if (end === undefined) return yield notAnAddress;
    if (char === ',' && !inAngle) {
      yield entry;
      entry = [];
    } else if (char === ':' || char === ';') {
      return yield 'names a group; name its members instead';
    } else if (/[\s(]/u.test(char)) {
      apart = true;
      at = end;
      continue;
    } else {
      const token = toToken(text.slice(at, end), apart);
      if (token === undefined) return yield notAnAddress;
      if (token.kind === '<' || token.kind === '>') inAngle = token.kind === '<';
      entry.push(token);
    }
    apart = false;
    at = end;
  }
  yield entry;
}

/** Where what begins at `at` ends; undefined when it never does. */
function endOf(text: string, at: number): number | undefined {
  const char = text.charAt(at);
  if (char === '"') return endOfEnclosed(text, at, '', '"');
  if (char === '(') return endOfEnclosed(text, at, '(', ')');
  if (char === '[') return endOfEnclosed(text, at, '', ']');
  if (special.has(char) || /\s/u.test(char)) return at + 1;
  let end = at + 1;
  while (end < text.length && !special.has(text.charAt(end)) && !/\s/u.test(text.charAt(end))) end += 1;
  return end;
}

function endOfEnclosed(text: string, at: number, opening: string, closing: string): number | undefined {
  let depth = 1;
  for (let end = at + 1; end < text.length; end += 1) {
    const char = text.charAt(end);
    if (char === '\\') end += 1;
    else if (char === closing) depth -= 1;
    else if (char === opening) depth += 1;
    if (depth === 0) return end + 1;
  }
  return undefined;
}

function toToken(text: string, apart: boolean): Token | undefined {
  const first = text.charAt(0);
  if (first === '<' || first === '>' || first === '@') return { kind: first, text, apart };
  if (first === '"') return { kind: 'quoted', text: text.slice(1, -1).replace(/\\(.)/gsu, '$1'), apart };
  if (first === '[') return /^\[[^\s[\]\\]+\]$/u.test(text) ? { kind: 'literal', text, apart } : undefined;
  return special.has(first) ? undefined : { kind: 'word', text, apart };
}

/** `addr-spec` alone, or in angle brackets after a name. */
function readEntry(tokens: Token[]): Mailbox | undefined {
  const open = tokens.findIndex(({ kind }) => kind === '<');
  if (open === -1) return readAddress(tokens);
  if (tokens.at(-1)?.kind !== '>') return undefined;
  const mailbox = readAddress(tokens.slice(open + 1, -1));
  const name = readName(tokens.slice(0, open));
  return mailbox && name ? { name, ...mailbox } : mailbox;
}

/** Also with an `@` or dots outside quotation marks, as many programs write it. */
function readName(tokens: Token[]): string {
  return tokens
    .map(({ text, apart }) => (apart ? ` ${text}` : text))
    .join('')
    .trim();
}

function readAddress([local, at, domain, ...more]: Token[]): Mailbox | undefined {
  if (local === undefined || at?.kind !== '@' || domain === undefined || more.length > 0) return undefined;
  const sound =
    (local.kind === 'word' || local.kind === 'quoted') && ['word', 'literal'].includes(domain.kind);
  if (!sound) return undefined;
  const name = dotAtom.test(local.text) ? local.text : `"${local.text.replace(/["\\]/g, '\\$&')}"`;
  return { address: `${name}@${domain.text}` };
}

/** Sizes of RFC 5321 section 4.5.3.1 and a domain that DNS could hold. */
function faultOf(address: string): string | undefined {
  const at = address.lastIndexOf('@');
  if (Buffer.byteLength(address.slice(0, at)) > 64) return 'has a local part of more than 64 bytes';
  const domain = address.slice(at + 1);
  return domain.startsWith('[') || isDomain(domain) ? undefined : 'has a domain that cannot exist';
}

/** Whether it is a name that DNS could hold; internationalised ones count as written in ASCII. */
export function isDomain(text: string): boolean {
  if (text.length > 1000 || foreign.test(text)) return false;
  const ascii = domainToASCII(text);
  const sound = ascii.split('.').every((label) => /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i.test(label));
  return ascii.length <= 253 && sound;
}
