// Why a mail was refused or returned, in the words of the API (`bounce_reason`).

export type BounceReason =
  | 'user_unknown'
  | 'mailbox_full'
  | 'blocked'
  | 'spam'
  | 'policy'
  | 'auth_failure'
  | 'expired'
  | 'host_unknown'
  | 'too_big'
  | 'rate_limited'
  | 'content'
  | 'complaint'
  | 'other';

/** A rule about the words of a refusal. The first rule that fits decides. */
export interface PhraseRule {
  reason: BounceReason;
  /** Searched in lower case, without addresses, host names and links unless `inLinks` is set. No nested repeats. */
  text: RegExp;
  /** Search the text as it came, because host names and links tell as much. */
  inLinks?: true;
  /** The words leave room for doubt, so that an address is not called dead by them. */
  doubtful?: true;
}
