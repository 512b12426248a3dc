// An attachment that is ready to be sent, and why one is not. Its bytes are read only while the mail leaves.
import type { Attachment } from '../../domain/attachment/attachment.js';
import type { LinkText } from '../../domain/large-file/config.js';

/** Stands in the mail in place of a large attachment. */
interface LargeLink {
  url: string;
  /** Milliseconds since the epoch. */
  expiresAt: number;
  /** Of the tenant: its language, and its words. */
  language: string | undefined;
  texts: Record<string, LinkText> | undefined;
}

export interface LoadedAttachment extends Pick<Attachment, 'filename' | 'contentId' | 'isInline'> {
  mimeType: string;
  size: number;
  /** It is in a storage, and is not read. */
  link?: LargeLink;
  /** Whether it was had without fetching it: from the cache, or with another message. */
  isCached?: boolean;
  /** Gives `size` bytes, the same each time, or fails. */
  read(): AsyncIterable<Buffer>;
  /** Gives back what is held for it. */
  close(): Promise<void>;
}

interface Remarks {
  /** The pause that the source asks for. */
  retryAfterMs?: number;
  /** This process has no room, so that the attempt does not count. */
  isUncounted?: true;
}

/** Why an attachment cannot be had. The account is not at fault, and is not asked. */
export class AttachmentFault extends Error {
  /** Whether another attempt may succeed. */
  readonly isTemporary: boolean;
  readonly remarks: Remarks;

  constructor(reason: string, isTemporary: boolean, remarks: Remarks = {}) {
    super(reason);
    this.name = 'AttachmentFault';
    this.isTemporary = isTemporary;
    this.remarks = remarks;
  }

  /** The same with the attachment named, as it is told. */
  of(filename: string): AttachmentFault {
    const sentence = `Attachment "${filename}" cannot be sent: ${this.message}`;
    return new AttachmentFault(sentence, this.isTemporary, this.remarks);
  }
}
