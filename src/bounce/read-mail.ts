// A mail as a mailbox gives it, to be recorded. Types only.
import type { Reading } from './parse/reading.js';

/** A mailbox, and whose bounces may be matched with what it holds. */
export interface ReadMailbox {
  /** Of the row in bounce_mailboxes. */
  id: string;
  /** Null: the installation's, for the messages of every tenant. */
  tenantId: string | null;
  /** Null: not of one account. */
  accountId: string | null;
}

export interface ReadMail {
  /** UIDVALIDITY and UID (RFC 3501 section 2.3.1.1): together they name one mail of a folder for good. */
  uidValidity: bigint;
  uid: number;
  /** Of the first megabyte, hexadecimal: the same mail under another UID. */
  sha256: string;
  /** INTERNALDATE, in milliseconds since the epoch. */
  receivedTs: number;
  /** The addresses that the mail was delivered to, as its header tells them. */
  deliveredTo: string[];
  /** Null where the mail says nothing of what became of another one. */
  bounce: Reading | null;
}
