// An attachment that is ready to be sent, and why one is not. Its bytes are read only while the mail leaves.
import type { Attachment } from '../../domain/attachment/attachment.js';

export interface LoadedAttachment extends Pick<Attachment, 'filename' | 'contentId' | 'isInline'> {
  mimeType: string;
  size: number;
  /** Gives `size` bytes, the same each time, or fails. */
  read(): AsyncIterable<Buffer>;
  /** Gives back what is held for it. */
  close(): Promise<void>;
}

/** An attachment that cannot be had. The account is not at fault, and is not asked. */
export class AttachmentFault extends Error {
  /** Whether another attempt may succeed. */
  readonly isTemporary: boolean;

  constructor(filename: string, reason: string, isTemporary: boolean, options?: { cause?: unknown }) {
    super(`Attachment "${filename}" cannot be sent: ${reason}`, options);
    this.name = 'AttachmentFault';
    this.isTemporary = isTemporary;
  }
}
