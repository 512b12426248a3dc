// What can be set of a mailbox for bounces beside its server, and how a mailbox is named.

/** What becomes of a bounce once it is recorded. Mails that are no bounces stay as they are. */
export const afterReadingWords = ['leave', 'mark_seen', 'move', 'delete'] as const;
export type AfterReading = (typeof afterReadingWords)[number];

/** `implicit`: from the first byte. */
export type MailboxTls = 'implicit' | 'starttls' | 'none';

/** How a mailbox fares. `watching`: it is open, and its server tells at once of new mail (IDLE, RFC 2177). */
export const mailboxStates = ['off', 'waiting', 'reading', 'watching', 'failing'] as const;
export type MailboxState = (typeof mailboxStates)[number];

/** The id of the installation's mailbox. No other has it, because theirs have a slash. */
export const instanceMailbox = 'instance';

/** A tenant id has no slash. */
export function mailboxIdOf(tenantId: string, accountId: string): string {
  return `${tenantId}/${accountId}`;
}

/** Null: the installation's mailbox. */
export function ownerOfMailbox(id: string): { tenantId: string; accountId: string } | null {
  const slash = id.indexOf('/');
  return slash === -1 ? null : { tenantId: id.slice(0, slash), accountId: id.slice(slash + 1) };
}

export const recordedAs = [
  /** What became of a message of ours. */
  'matched',
  /** What became of a mail, without proof that a message of ours is meant. */
  'unmatched',
  /** Nothing about another mail. */
  'none',
  /** Recorded before, from this mailbox. */
  'seen-before',
  /** The server does not give it, and gives others. */
  'unreadable',
] as const;
export type RecordedAs = (typeof recordedAs)[number];

/** Why a mailbox could not be read: the kinds that operators tell apart. */
export const mailboxFaults = [
  'unreachable',
  'tls',
  'login_refused',
  'folder_missing',
  'not_settled',
  'lost',
  'other',
] as const;
export type MailboxFaultKind = (typeof mailboxFaults)[number];
