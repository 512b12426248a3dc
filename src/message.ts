// The statuses of a message and which may follow which (docs/states.md). No I/O.

export const statuses = ['pending', 'deferred', 'sending', 'sent', 'error'] as const;
export type Status = (typeof statuses)[number];

/** From each status, the statuses a message may go to. Replacing an unsent message makes it pending again. */
export const mayFollow: Record<Status, readonly Status[]> = {
  pending: ['sending', 'pending', 'deferred', 'error'],
  deferred: ['sending', 'pending', 'deferred', 'error'],
  sending: ['sent', 'deferred', 'error', 'pending'],
  sent: [],
  error: ['pending'],
};

/** The statuses from which `to` may be reached. */
export function mayBecome(to: Status): Status[] {
  return statuses.filter((from) => mayFollow[from].includes(to));
}

export const priorities = { immediate: 0, high: 1, medium: 2, low: 3 } as const;
export type PriorityName = keyof typeof priorities;

/** What a client sees of a status: an attempt under way is still pending. */
export function shownStatus(status: Status): Exclude<Status, 'sending'> {
  return status === 'sending' ? 'pending' : status;
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
