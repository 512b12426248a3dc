// Parses mailboxes as people and programs write them (RFC 5322 section 3.4, internationalised as in RFC 6532), in linear
// time.
import { isIPv4, isIPv6 } from 'node:net';
import { domainToASCII } from 'node:url';
import { withAsciiDomain } from '../domain/header/addresses.js';
import type { Mailbox } from '../domain/message.js';
import { decodeWord } from './decode-word.js';
import { unfit, unfitReason } from './identifier.js';

/** Most addresses fit this expression; only the others need the tokenizer. */
const plain =
  /^[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/;
/** A local part that needs no quotation marks (RFC 5321 section 4.1.2, internationalised as in RFC 6531). */
const dotAtom = /^[^\s"(),:;<>@[\\\].]+(?:\.[^\s"(),:;<>@[\\\].]+)*$/u;
/** A domain in ASCII that can exist, but for the ones in Punycode: Node's domainToASCII would leave it as it is. */
const usualDomain = /^(?:[a-z\d](?:[a-z\d-]*[a-z\d])?\.)*[a-z](?:[a-z\d-]*[a-z\d])?$/i;
const special = new Set('"(),:;<>@[]\\');
/** ASCII characters that no domain has. Node's domainToASCII cuts some of them off instead of refusing them. */
const foreign = /[^\w.\u0080-\u{10ffff}-]/u;
const longestText = 1_000_000;
const mostMailboxes = 10_000;
const notAnAddress = 'is not an e-mail address';

/**
 * @param given one or more texts, each with one or more mailboxes and commas between them
 * @param mailboxes those of the same list that were read before; the new ones are added
 * @returns the mailboxes, or the reason why the texts are refused
 */
export function readMailboxes(
  given: string | readonly string[],
  mailboxes: Mailbox[] = [],
): Mailbox[] | string {
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

/** The slow path: names, comments, quotation marks and lists. */
function readList(text: string): Mailbox[] | string {
  if (unfit.test(text.replaceAll('\t', ' '))) return unfitReason;
  const mailboxes: Mailbox[] = [];
  for (const entry of entriesOf(text)) {
    if (typeof entry === 'string') return entry;
    // Nothing between two commas: obsolete, but joined lists often have it.
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
  /** Whether white space or a comment precedes the token. */
  apart: boolean;
}

/** Yields the tokens of each entry between commas, or a reason instead and then ends. */
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

/** Where the token, comment or space that begins at `at` ends; undefined when it has no end. */
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

/**
 * Where a quoted text, comment or domain literal ends. A backslash hides the next character; comments nest, the others do
 * not.
 */
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

/** An entry is an `addr-spec` alone, or in angle brackets after a name. */
function readEntry(tokens: Token[]): Mailbox | undefined {
  const open = tokens.findIndex(({ kind }) => kind === '<');
  if (open === -1) return readAddress(tokens);
  if (tokens.at(-1)?.kind !== '>') return undefined;
  const mailbox = readAddress(tokens.slice(open + 1, -1));
  const name = readName(tokens.slice(0, open));
  return mailbox && name ? { name, ...mailbox } : mailbox;
}

/**
 * A name may have an `@` or dots outside quotation marks, because many programs write it so. Encoded-words outside them
 * are decoded, and the white space between two of them is none (RFC 2047 section 6.2).
 */
function readName(tokens: Token[]): string {
  let name = '';
  let afterDecoded = false;
  for (const { kind, text, apart } of tokens) {
    const decoded = kind === 'word' ? decodeWord(text) : undefined;
    if (apart && !(afterDecoded && decoded !== undefined)) name += ' ';
    name += decoded ?? text;
    afterDecoded = decoded !== undefined;
  }
  return name.trim();
}

/**
 * Exactly a local part, an `@` and a domain. Quotation marks stay only where the local part needs them, so that equal
 * addresses look equal.
 */
function readAddress([local, at, domain, ...more]: Token[]): Mailbox | undefined {
  if (local === undefined || at?.kind !== '@' || domain === undefined || more.length > 0) return undefined;
  const sound =
    (local.kind === 'word' || local.kind === 'quoted') && ['word', 'literal'].includes(domain.kind);
  if (!sound || (local.kind === 'word' && !dotAtom.test(local.text))) return undefined;
  const name = dotAtom.test(local.text) ? local.text : `"${local.text.replace(/["\\]/g, '\\$&')}"`;
  return { address: `${name}@${domain.text}` };
}

/** Checks the sizes of RFC 5321 section 4.5.3.1, and that the address can be written in SMTP and its domain can exist. */
function faultOf(address: string): string | undefined {
  const at = address.lastIndexOf('@');
  const local = address.slice(0, at);
  if (Buffer.byteLength(local) > 64) return 'has a local part of more than 64 bytes';
  // An angle bracket would be allowed in quotation marks, but nodemailer and many servers do not take it there.
  if (/[<>\t]/.test(local)) return 'has a character in its local part that cannot be sent';
  const domain = address.slice(at + 1);
  const sound = domain.startsWith('[') ? isAddressLiteral(domain) : isMailDomain(domain);
  if (!sound) return 'has a domain that cannot exist';
  return Buffer.byteLength(withAsciiDomain(address)) > 254
    ? 'has an address of more than 254 bytes'
    : undefined;
}

/** `[192.0.2.1]` or `[IPv6:2001:db8::1]` (RFC 5321 section 4.1.3). */
function isAddressLiteral(literal: string): boolean {
  const inner = literal.slice(1, -1);
  if (!/^IPv6:/i.test(inner)) return isIPv4(inner);
  return isIPv6(inner.slice(5)) && !inner.includes('%');
}

/** Letters, digits and hyphens in each label (RFC 5321 section 4.1.2). A last label of digits would be that of an IP address. */
function isMailDomain(text: string): boolean {
  if (isUsual(text)) return true;
  if (!isDomain(text)) return false;
  const ascii = domainToASCII(text);
  return !ascii.includes('_') && !/(^|\.)\d+$/.test(ascii);
}

/** Most domains are usual, and this takes a tenth of the time of the checks for any domain. */
function isUsual(domain: string): boolean {
  if (domain.length > 253 || domain.includes('--') || !usualDomain.test(domain)) return false;
  return domain.length <= 63 || domain.split('.').every((label) => label.length <= 63);
}

/** Whether DNS could hold the name; an internationalised name is measured in its ASCII form. */
export function isDomain(text: string): boolean {
  if (text.length > 1000 || foreign.test(text)) return false;
  const ascii = domainToASCII(text);
  const sound = ascii.split('.').every((label) => /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i.test(label));
  return ascii.length <= 253 && sound;
}
