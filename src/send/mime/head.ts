// Writes the headers of a mail: ASCII, in lines that no server has to break, the same at every attempt.
import { domainToASCII } from 'node:url';
import { isAsciiText, mailboxList, withAsciiDomain } from '../../domain/header/addresses.js';
import { customHeader } from '../../domain/header/custom-header.js';
import { encodeText } from '../../domain/header/encode-words.js';
import { fold } from '../../domain/header/fold.js';
import type { Mailbox, MessageHead } from '../../domain/message.js';

/** The header that names the message to receivers, and in the bounces that come back. */
const idHeader = 'X-Genro-Mail-ID';

export interface DatedMessage {
  id: string;
  /** Makes the Message-ID, unless the message has one. */
  pk: string;
  /** The time in the Date header, unless the message has one. Milliseconds since the epoch. */
  date: number;
}

/**
 * @param asUtf8 whether addresses beyond ASCII may stand in the headers, which takes a session with SMTPUTF8
 * @returns the lines, without a line break at the end
 */
export function writeHead(
  message: DatedMessage,
  subject: string,
  head: MessageHead,
  asUtf8: boolean,
): string {
  const addresses = (name: string, mailboxes: readonly Mailbox[] | undefined): string[] =>
    mailboxes && mailboxes.length > 0 ? [line(name, mailboxList(mailboxes, asUtf8))] : [];
  return [
    ...Object.entries(head.headers ?? {}).flatMap(([name, value]) => custom(name, value)),
    line(idHeader, encodeText(message.id)),
    ...addresses('From', [head.from]),
    ...addresses('Sender', head.sender && [head.sender]),
    ...addresses('To', head.to),
    ...addresses('Cc', head.cc),
    // No Bcc: those recipients stand in the envelope alone (`envelopeOf`), and never in a header.
    ...addresses('Reply-To', head.replyTo),
    line('Subject', encodeText(subject)),
    line('Message-ID', messageIdOf(message, head)),
    line('Date', head.date ?? new Date(message.date).toUTCString().replace('GMT', '+0000')),
  ].join('\r\n');
}

/**
 * The headers that say who wrote the mail and where answers go, if one of them has an address beyond ASCII. To and Cc
 * have another way to be written, which keeps the mail from the other recipients no longer than it has to be.
 */
export function headersThatNeedUtf8({ from, sender, replyTo = [] }: MessageHead): string[] {
  const needs = (mailboxes: (Mailbox | undefined)[]) =>
    mailboxes.some((one) => one !== undefined && !isAsciiText(withAsciiDomain(one.address)));
  return [
    ...(needs([from]) ? ['From'] : []),
    ...(needs([sender]) ? ['Sender'] : []),
    ...(needs(replyTo) ? ['Reply-To'] : []),
  ];
}

/** Whether an address in the headers is beyond ASCII, so that the mail has a form for sessions with SMTPUTF8. */
export function hasUtf8Form({ from, sender, to, cc = [], replyTo = [] }: MessageHead): boolean {
  return [from, ...(sender ? [sender] : []), ...to, ...cc, ...replyTo].some(
    ({ address }) => !isAsciiText(withAsciiDomain(address)),
  );
}

function line(name: string, value: string): string {
  const lines = fold(name, value);
  if (lines === undefined) throw new Error(`The header ${name} has a word too long for a line`);
  return lines;
}

/** A value that is empty has no header. What cannot be written was refused when the message was accepted. */
function custom(name: string, value: string): string[] {
  if (value.trim() === '') return [];
  const written = customHeader(name, value);
  if (written.kind === 'unfit') throw new Error(`The header ${name} ${written.reason}`);
  return [written.lines];
}

/** Without one of the caller: unique for ever, with the sender's domain on the right side (RFC 5322 section 3.6.4). */
function messageIdOf({ pk }: DatedMessage, { from, messageId }: MessageHead): string {
  if (messageId !== undefined) return `<${messageId.replace(/^<|>$/g, '')}>`;
  const domain = from.address.slice(from.address.lastIndexOf('@') + 1);
  return `<${pk.toLowerCase()}@${domainToASCII(domain) || 'localhost'}>`;
}
