// Builds the mail from the stored message: the same bytes at every attempt.
import MailComposer from 'nodemailer/lib/mail-composer';
import type MimeNode from 'nodemailer/lib/mime-node';
import { bodyOf, type StoredMessage } from '../../domain/message.js';
import type { LoadedAttachment } from '../attachments/loaded-attachment.js';
import { addLinks } from './add-links.js';
import { placeAttachments, splitAtContents, toComposed } from './attach.js';
import { envelopeOf, type Mail } from './envelope.js';
import { type DatedMessage, hasUtf8Form, headersThatNeedUtf8, writeHead } from './head.js';
import { plainBody, type WrittenBody } from './plain-body.js';
import { mostAtOnce, streamBody } from './stream-body.js';

interface Bodies {
  text: string | undefined;
  html: string | undefined;
}

/** @param attachments ready to be read while the mail leaves */
export async function buildMime(
  message: DatedMessage,
  { given, head }: StoredMessage,
  attachments: LoadedAttachment[] = [],
): Promise<Mail> {
  const placed = placeAttachments(attachments.filter(({ link }) => link === undefined));
  const submitted = { text: bodyOf(given, head.text), html: bodyOf(given, head.html) };
  const bodies = addLinks(submitted, attachments, head.headers);
  const plain = placed.length === 0 ? plainBody(bodies.text, bodies.html) : undefined;
  const { headers, render } = plain ?? composed(message, bodies, placed);
  const headOf = (asUtf8: boolean) =>
    `${writeHead(message, String(given.subject), head, asUtf8)}\r\n${headers}`;
  const ascii = headOf(false);
  const raw = await render(ascii);
  return {
    envelope: envelopeOf(head),
    ...(placed.length === 0 ? { raw } : splitAtContents(raw, placed)),
    ...(hasUtf8Form(head) && {
      utf8: {
        head: Buffer.from(headOf(true)),
        replaces: ascii.length,
        requiredBy: headersThatNeedUtf8(head),
      },
    }),
  };
}

function composed(
  { pk }: DatedMessage,
  bodies: Bodies,
  placed: ReturnType<typeof placeAttachments>,
): WrittenBody {
  const isLarge = Object.values(bodies).some((body) => body !== undefined && body.length > mostAtOnce);
  const root = new MailComposer({
    ...(isLarge ? { ...streamed(bodies), textEncoding: 'base64' } : bodies),
    ...(placed.length > 0 && { attachments: placed.map(toComposed), ...withBody(bodies) }),
    // A random boundary would differ at every attempt.
    baseBoundary: pk.toLowerCase(),
    disableFileAccess: true,
    disableUrlAccess: true,
  }).compile();
  return { headers: contentHeaders(root), render: (head) => renderParts(root, head) };
}

/** A mail with nothing but an attachment would be that attachment itself. */
function withBody({ text, html }: Bodies) {
  return !text && !html ? { text: '\r\n' } : {};
}

/** The headers that tell how to read the body. The composer adds others, which `writeHead` writes. */
function contentHeaders(root: MimeNode): string {
  return root
    .buildHeaders()
    .split(/\r\n(?![ \t])/)
    .filter((line) => /^(content-|mime-)/i.test(line))
    .join('\r\n');
}

function streamed({ text, html }: Bodies) {
  return {
    ...(text !== undefined && { text: { content: streamBody(text) } }),
    ...(html !== undefined && { html: { content: streamBody(html) } }),
  };
}

function renderParts(root: MimeNode, head: string): Promise<Buffer> {
  root.buildHeaders = () => head;
  return root.build();
}
