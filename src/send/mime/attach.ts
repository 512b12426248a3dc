// Puts attachments into a mail: the composer writes the parts around a placeholder, in whose place the content is read when
// the mail leaves. So a mail is in memory without its attachments.
import { randomBytes } from 'node:crypto';
import type { Attachment as ComposedAttachment } from 'nodemailer/lib/mailer';
import { sendableType } from '../../domain/attachment/mime-type.js';
import type { LoadedAttachment } from '../attachments/loaded-attachment.js';
import { encodeBase64, encodedLength } from './encode-base64.js';
import type { Rest } from './envelope.js';

/** Its base64 is one line, and no text can hold it, because it is another one each time. */
const placeholderBytes = 48;

interface Placed {
  attachment: LoadedAttachment;
  placeholder: Buffer;
}

/** Gives each attachment a placeholder. */
export function placeAttachments(attachments: LoadedAttachment[]): Placed[] {
  return attachments.map((attachment) => ({ attachment, placeholder: randomBytes(placeholderBytes) }));
}

/**
 * What the composer is given. A part with a `cid` it puts beside the HTML, as multipart/related (RFC 2387), and all others
 * around text and HTML, as multipart/mixed.
 */
export function toComposed({ attachment, placeholder }: Placed): ComposedAttachment {
  const { filename, mimeType, contentId, isInline = contentId !== undefined } = attachment;
  return {
    filename,
    content: placeholder,
    contentType: sendableType(mimeType),
    contentTransferEncoding: 'base64',
    contentDisposition: isInline ? 'inline' : 'attachment',
    ...(contentId !== undefined &&
      (isInline ? { cid: contentId } : { headers: { 'Content-ID': `<${contentId}>` } })),
  };
}

/** @returns the mail up to the first content, and what comes after it */
export function splitAtContents(raw: Buffer, placed: Placed[]): { raw: Buffer; rest: Rest } {
  const found = placed
    .map(({ attachment, placeholder }) => {
      const text = placeholder.toString('base64');
      return { attachment, from: raw.indexOf(text), to: raw.indexOf(text) + text.length };
    })
    .sort((one, other) => one.from - other.from);
  if (found.some(({ from }) => from < 0))
    throw new Error('nodemailer has changed: a part is not as it was given');
  const pieces = found.map(({ attachment, to }, i) => ({
    attachment,
    after: raw.subarray(to, found[i + 1]?.from ?? raw.length),
  }));
  const length = pieces.reduce(
    (sum, { attachment, after }) => sum + encodedLength(attachment.size) + after.length,
    0,
  );
  return {
    raw: raw.subarray(0, found[0]?.from ?? raw.length),
    rest: {
      length,
      async *blocks() {
        for (const { attachment, after } of pieces) {
          yield* encodeBase64(attachment.read());
          yield after;
        }
      },
    },
  };
}
