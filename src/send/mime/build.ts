// Builds the mail from the stored message: the same bytes at every attempt.
import { domainToASCII } from 'node:url';
import MailComposer from 'nodemailer/lib/mail-composer';
import type MimeNode from 'nodemailer/lib/mime-node';
import { bodyOf, type Mailbox, type MessageHead, type StoredMessage } from '../../domain/message.js';
import type { Envelope } from './envelope.js';
import { mostAtOnce, streamBody } from './stream-body.js';

export interface Mail {
  envelope: Envelope;
  raw: Buffer;
}

/** The header that names the message to receivers, and in the bounces that come back. */
const idHeader = 'X-Genro-Mail-ID';

/**
 * @param message its pk makes the Message-ID unless the message has one, and `createdAt` becomes the Date, so that a
 *   repeated attempt sends the same mail
 */
export async function buildMime(
  message: { id: string; pk: string; createdAt: number },
  { given, head }: StoredMessage,
): Promise<Mail> {
  const bodies = { text: bodyOf(given, head.text), html: bodyOf(given, head.html) };
  const isLarge = Object.values(bodies).some((body) => body !== undefined && body.length > mostAtOnce);
  const root = new MailComposer({
    from: toAddress(head.from),
    to: head.to.map(toAddress),
    // No bcc: those recipients stand in the envelope alone, and never in a header.
    cc: (head.cc ?? []).map(toAddress),
    replyTo: (head.replyTo ?? []).map(toAddress),
    subject: String(given.subject),
    date: new Date(message.createdAt),
    messageId: head.messageId ?? messageIdFor(message.pk, head.from.address),
    headers: [
      ...Object.entries(head.headers ?? {}).map(([key, value]) => ({ key, value })),
      { key: idHeader, value: message.id },
    ],
    ...(isLarge ? { ...streamed(bodies), textEncoding: 'base64' } : bodies),
    // A random boundary would differ at every attempt.
    baseBoundary: message.pk.toLowerCase(),
    disableFileAccess: true,
    disableUrlAccess: true,
  }).compile();
  return { envelope: envelopeOf(head), raw: isPlain(root) ? renderPlain(root) : await root.build() };
}

function streamed({ text, html }: { text: string | undefined; html: string | undefined }) {
  return {
    ...(text !== undefined && { text: { content: streamBody(text) } }),
    ...(html !== undefined && { html: { content: streamBody(html) } }),
  };
}

/** A single part that needs no encoding can be written at once, in half the time of the composer's streams. */
function isPlain(root: MimeNode): boolean {
  return (
    root.childNodes.length === 0 && root.getTransferEncoding() === '7bit' && typeof root.content === 'string'
  );
}

function renderPlain(root: MimeNode): Buffer {
  const body = String(root.content);
  const end = body.endsWith('\n') ? '' : body.endsWith('\r') ? '\n' : '\r\n';
  return Buffer.from(`${root.buildHeaders()}\r\n\r\n${body}${end}`, 'utf8');
}

/** Unique for ever, with the sender's domain on the right side (RFC 5322 section 3.6.4). */
function messageIdFor(pk: string, sender: string): string {
  const domain = sender.slice(sender.lastIndexOf('@') + 1);
  return `<${pk.toLowerCase()}@${domainToASCII(domain) || 'localhost'}>`;
}

/**
 * Has each address of to, cc and bcc once. Domains compare without case (RFC 5321 section 2.4), and are written in ASCII,
 * which every server takes (RFC 5890 section 2.3.2.1).
 */
export function envelopeOf(head: MessageHead): Envelope {
  const seen = new Map<string, string>();
  for (const { address } of [...head.to, ...(head.cc ?? []), ...(head.bcc ?? [])]) {
    const ascii = withAsciiDomain(address);
    const at = ascii.lastIndexOf('@');
    const key = ascii.slice(0, at) + ascii.slice(at).toLowerCase();
    if (!seen.has(key)) seen.set(key, ascii);
  }
  return { from: withAsciiDomain(head.returnPath ?? head.from.address), to: [...seen.values()] };
}

function withAsciiDomain(address: string): string {
  const domainAt = address.lastIndexOf('@') + 1;
  const domain = address.slice(domainAt);
  return /^[ -~]*$/.test(domain) ? address : address.slice(0, domainAt) + domainToASCII(domain);
}

function toAddress({ name, address }: Mailbox): { name: string; address: string } {
  return { name: name ?? '', address };
}
