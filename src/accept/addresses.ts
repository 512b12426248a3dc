// Parses mailboxes as people and programs write them (RFC 5322 section 3.4, internationalised as in RFC 6532), in linear
// time.
import { domainToASCII } from 'node:url';
import type { Mailbox } from '../domain/message.js';
import { unfit, unfitReason } from './identifier.js';

/** Most addresses fit this expression; only the others need the tokenizer. */
const plain = /^[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/;
const dotAtom = /^[^\s"(),:;<>@[\\\]]+$/u;
const special = new Set('"(),:;<>@[]\\');
/** ASCII characters that no domain has. Node's domainToASCII cuts some of them off instead of refusing them. */
const foreign = /[^\w.\u0080-\u{10ffff}-]/u;
const longestText = 1_000_000;
const mostMailboxes = 10_000;
const notAnAddress = 'is not an e-mail address';

/**
 * @param given one or more texts, each with one or more mailboxes and commas between them
 * @returns the mailboxes, or the reason why the texts are refused
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

/** A name may have an `@` or dots outside quotation marks, because many programs write it so. */
function readName(tokens: Token[]): string {
  return tokens
    .map(({ text, apart }) => (apart ? ` ${text}` : text))
    .join('')
    .trim();
}

/**
 * Exactly a local part, an `@` and a domain. Quotation marks stay only where the local part needs them, so that equal
 * addresses look equal.
 */
function readAddress([local, at, domain, ...more]: Token[]): Mailbox | undefined {
  if (local === undefined || at?.kind !== '@' || domain === undefined || more.length > 0) return undefined;
  const sound =
    (local.kind === 'word' || local.kind === 'quoted') && ['word', 'literal'].includes(domain.kind);
  if (!sound) return undefined;
  const name = dotAtom.test(local.text) ? local.text : `"${local.text.replace(/["\\]/g, '\\$&')}"`;
  return { address: `${name}@${domain.text}` };
}

/** Checks the lengths of RFC 5321 section 4.5.3.1, and that DNS could hold the domain. */
function faultOf(address: string): string | undefined {
  const at = address.lastIndexOf('@');
  if (Buffer.byteLength(address.slice(0, at)) > 64) return 'has a local part of more than 64 bytes';
  const domain = address.slice(at + 1);
  return domain.startsWith('[') || isDomain(domain) ? undefined : 'has a domain that cannot exist';
}

/** Whether DNS could hold the name; an internationalised name is measured in its ASCII form. */
export function isDomain(text: string): boolean {
  if (text.length > 1000 || foreign.test(text)) return false;
  const ascii = domainToASCII(text);
  const sound = ascii.split('.').every((label) => /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i.test(label));
  return ascii.length <= 253 && sound;
}
