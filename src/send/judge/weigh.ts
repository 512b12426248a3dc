// Decides, from what earlier mails met, what a reply about the account means: for the account, or for the message alone.
import type { Outcome } from './judge-reply.js';
import { type Encounter, type Traits, whoseRefusal } from './whose-refusal.js';

type Refusal = Extract<Outcome, { kind: 'account_refused' }>;

/** What is known of the account's mails since it was last changed. */
export interface Evidence {
  /** The oldest first. */
  history: Encounter[];
  /** How many refused attempts at this message did not count against its retries. */
  uncounted: number;
}

interface Weighed {
  outcome: Outcome & { kind: 'account_refused' | 'deferred' };
  /** What the next mails have to know of this one; undefined: nothing. */
  met?: Encounter & { isCounted: boolean };
}

/** How many attempts at one message may go uncounted for replies that other messages met too. */
const mostWithOthers = 10;

/** How many may go uncounted for replies to MAIL that no other message has met. */
const mostAlone = 3;

/** How often the time of a breaker doubles at most, as long as mails of other senders or to others may well be taken. */
const mostDoublings = { sender: 2, recipient: 1, body: 1 };

/**
 * Before MAIL a reply can only be about the account. Afterwards the account is refused where other messages met the same
 * since a mail was last taken. A sender, recipient or message that was refused while others were taken is refused itself.
 * Where nothing is known yet, a reply to MAIL is the account's, and one to RCPT or a body the message's, whose first
 * refusal counts as no attempt because the server may be in trouble.
 */
export function weigh(refusal: Refusal, traits: Traits, { history, uncounted }: Evidence): Weighed {
  if (refusal.at === 'session') return { outcome: refusal };
  const stage = refusal.at;
  const { isExplained, others, otherSenders } = whoseRefusal({ ...traits, stage }, history);
  const met = { ...traits, stage, isExplained };
  const isOfAccount =
    others > 0 ? uncounted < mostWithOthers : !isExplained && stage === 'sender' && uncounted < mostAlone;
  if (isOfAccount) {
    const { recipients: _own, ...cause } = refusal;
    const doublings =
      otherSenders && stage === 'sender' ? {} : { doublings: Math.min(uncounted, mostDoublings[stage]) };
    // Messages alone never stop an account until it is changed: other senders or recipients may be welcome.
    const outcome = { ...cause, until: 'backoff', countsAsAttempt: false, others, ...doublings } as const;
    return { outcome, met: { ...met, isCounted: false } };
  }
  const isUncounted = !isExplained && uncounted === 0 && refusal.until === 'backoff';
  const outcome = { ...ofMessage(refusal), ...(isUncounted && { isUncounted }) };
  return { outcome, met: { ...met, isCounted: !isUncounted } };
}

function ofMessage({ error, smtpCode, recipients }: Refusal): Outcome & { kind: 'deferred' } {
  return {
    kind: 'deferred',
    error,
    ...(smtpCode !== undefined && { smtpCode }),
    // A recipient refused for good stays refused.
    ...(recipients && { recipients }),
  };
}
