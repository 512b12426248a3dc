// The parts of a message: its submitted fields, its recipients and their results, and the time in its pk. No I/O.
import { decodeTime, encodeTime } from 'ulid';
import type { Attachment } from './attachment/attachment.js';
import type { BounceReason } from './bounce/reason.js';

/** When a message or a submission was accepted, milliseconds since the epoch: its pk, or revision, is a ULID. */
export function acceptedAt(pk: string): number {
  return decodeTime(pk);
}

/** Sorts after every pk that was given out before that time, in milliseconds, and before all others. */
export function lastPkBefore(ms: number): string {
  return ms <= 0 ? '' : `${encodeTime(ms - 1)}${'Z'.repeat(16)}`;
}

export interface Mailbox {
  name?: string;
  address: string;
}

/** How a recipient of a message fared: taken, to be tried again, refused for good, or left out as its tenant wishes. */
export interface RecipientResult {
  address: string;
  status: 'sent' | 'deferred' | 'error' | 'suppressed';
  smtp_code?: number;
  error?: string;
  /** What the refusal means. */
  reason?: BounceReason | undefined;
}

/** The stored form of a message: the submitted fields, and the head that checking made of them. Each body is stored once. */
export interface StoredMessage {
  given: Record<string, unknown>;
  head: MessageHead;
}

export interface MessageHead {
  from: Mailbox;
  to: Mailbox[];
  cc?: Mailbox[];
  bcc?: Mailbox[];
  replyTo?: Mailbox[];
  /** The envelope sender; absent: the address of `from`. Empty: the null sender (RFC 5321 section 4.5.5). */
  returnPath?: string;
  messageId?: string;
  /** Who sent the mail, where that is not its author. */
  sender?: Mailbox;
  /** The Date header as given; absent: the time of the message. */
  date?: string;
  headers?: Record<string, string>;
  /** The submitted fields that hold the bodies. */
  text?: 'body' | 'text';
  html?: 'body' | 'html';
  attachments?: Attachment[];
}

/** A body as submitted; a field that was left out is an empty body. */
export function bodyOf(
  given: Record<string, unknown>,
  field: 'body' | 'text' | 'html' | undefined,
): string | undefined {
  if (field === undefined) return undefined;
  const body = given[field];
  return typeof body === 'string' ? body : '';
}
