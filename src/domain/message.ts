// The statuses of a message and which may follow which (docs/states.md), and what its pk tells. No I/O.
import { decodeTime, encodeTime } from 'ulid';

export const statuses = ['pending', 'deferred', 'sending', 'sent', 'error'] as const;
export type Status = (typeof statuses)[number];

/** From each status, the statuses a message may go to. Replacing an unsent message makes it pending again. */
export const mayFollow: Record<Status, readonly Status[]> = {
  // To `sent`: it was sent to some, and those who were put off are given up.
  pending: ['sending', 'pending', 'deferred', 'sent', 'error'],
  deferred: ['sending', 'pending', 'deferred', 'sent', 'error'],
  sending: ['sent', 'deferred', 'error', 'pending'],
  sent: [],
  error: ['pending'],
};

/** The statuses from which `to` may be reached. */
export function mayBecome(to: Status): Status[] {
  return statuses.filter((from) => mayFollow[from].includes(to));
}

/** Those of messages that are to be sent, or are just being sent. */
export const openStatuses: readonly Status[] = ['pending', 'deferred', 'sending'];

export const priorities = { immediate: 0, high: 1, medium: 2, low: 3 } as const;
export type PriorityName = keyof typeof priorities;

export type ShownStatus = Exclude<Status, 'sending'>;

/** What a client sees of a status: an attempt under way is still pending. */
export function shownStatus(status: Status): ShownStatus {
  return status === 'sending' ? 'pending' : status;
}

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

/** How a recipient of a message fared: taken, to be tried again, or refused for good. */
export interface RecipientResult {
  address: string;
  status: 'sent' | 'deferred' | 'error';
  smtp_code?: number;
  error?: string;
}

/** What is stored of a message: as it was submitted, and what checking made of it. Bodies stand in it only once. */
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
  headers?: Record<string, string>;
  /** The submitted fields that hold the bodies. */
  text?: 'body' | 'text';
  html?: 'body' | 'html';
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
