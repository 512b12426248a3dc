// Records a page of mails that were read from a mailbox, together with how far the mailbox was read. Stores no bounce yet.
import type { Needs } from '../store/context.js';
import type { Run } from '../store/db/transaction.js';
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
  /** Null where the mail is neither a bounce nor a complaint. */
  bounce: Reading | null;
}

export type RecordedAs =
  /** A bounce or complaint of a message of ours. */
  | 'matched'
  /** A bounce or complaint without proof that a message of ours is meant. */
  | 'unmatched'
  /** Neither a bounce nor a complaint. */
  | 'none'
  /** Recorded before, from this mailbox. */
  | 'seen-before';

/**
 * @param progress runs in the same transaction
 * @returns how each mail was recorded, in the order given, and how many rows `progress` changed
 */
export async function recordBounces(
  ctx: Needs<'db'>,
  _mailbox: ReadMailbox,
  mails: readonly ReadMail[],
  progress: Run,
): Promise<{ recorded: RecordedAs[]; progressed: number }> {
  const { progressed } = await ctx.db.transaction({ progressed: progress });
  return { recorded: mails.map(({ bounce }) => (bounce === null ? 'none' : 'unmatched')), progressed };
}
