// Says what a refusal means: hard or soft, for which reason, and whether the address is dead.
import { findCodes } from './find-codes.js';
import { phrasesOfRecipients } from './phrases-of-recipients.js';
import { phrasesOfSenders } from './phrases-of-senders.js';
import type { BounceReason, PhraseRule } from './reason.js';
import { plainStatuses, tellingStatuses } from './status-reasons.js';

interface Refusal {
  /** The SMTP reply code. */
  code?: number | undefined;
  /** The enhanced status code, as `5.1.1`. */
  status?: string | undefined;
  /** The words of the server. Codes in them count where none are given. */
  text: string;
  /**
   * Delivery has ended: `reported` in the field of a report, `noticed` in words. Counts only where no code says whether the
   * failure is permanent.
   */
  ended?: 'reported' | 'noticed' | undefined;
  /** Words around the refusal that may leave doubt about the address, as a notice has them. */
  around?: string | undefined;
}

interface Classification {
  type: 'hard' | 'soft';
  reason: BounceReason;
  /** Nobody can receive mail at the address. Never true in doubt, or where the sender is at fault. */
  addressIsDead: boolean;
}

/** Replies may be megabytes long; reasons come first. */
const mostCharacters = 2000;
/**
 * A server that has taken the recipient and refuses after the body may mean the mail. A disabled account may come back.
 */
const doubts = /end of data|final data|accounts? is (?:temporarily )?(?:disabled|suspended|limited)/i;
/** As Postfix, Exim and others name the step that was refused. */
const beforeRecipient =
  /(?:in reply to|after|did not like our|error following|rejected) (?:pipelined |sending )?(?:mail from|mail command|ehlo|helo|initial connection|end of initial)/i;
const permanent = /permanent|giv(?:e|en|ing) up|fatal/i;
const rules = [...phrasesOfSenders, ...phrasesOfRecipients];

/**
 * Hard or soft is the class of the status, else of the code. Where a server gives neither, only a report that
 * delivery has ended, or a notice that leaves no doubt, is hard. The reason comes from telling status codes, then from phrases, then from other status codes.
 */
export function classifyRefusal(refusal: Refusal): Classification {
  const found = findCodes(refusal.text);
  const status = refusal.status ?? found.status;
  const code = refusal.code ?? found.code;
  const detail = status?.slice(2);
  const phrase = phraseFor(refusal.text);
  // "Recipient address rejected" stands before every refusal at RCPT; beside X.7.x it is one by policy.
  const rule =
    phrase?.doubtful && isAboutRecipient(phrase.reason) && detail?.startsWith('7.') ? undefined : phrase;
  const around = `${refusal.around ?? ''} ${refusal.text}`;
  const told =
    tellingStatuses[detail ?? ''] ??
    rule?.reason ??
    plainStatuses[detail ?? ''] ??
    plainStatuses[detail?.split('.')[0] ?? ''] ??
    reasonOfCode(code);
  // Before a recipient is named, whatever does not exist is the sender's.
  const reason = isAboutRecipient(told) && beforeRecipient.test(around) ? 'policy' : told;
  // A notice without a code is in doubt, unless it gives a reason that is known or calls the error permanent.
  const isPermanent =
    refusal.ended === 'reported' ||
    (refusal.ended === 'noticed' && (rule !== undefined || permanent.test(refusal.text)));
  const type = typeOf(status, code, isPermanent);
  return {
    type,
    reason,
    addressIsDead: type === 'hard' && isDead(reason, detail, rule, around),
  };
}

function isAboutRecipient(reason: BounceReason): boolean {
  return reason === 'user_unknown' || reason === 'host_unknown';
}

function typeOf(status: string | undefined, code: number | undefined, isPermanent: boolean): 'hard' | 'soft' {
  const first = status?.[0] ?? (code === undefined ? undefined : String(code)[0]);
  if (first === '5' || first === '4') return first === '5' ? 'hard' : 'soft';
  return isPermanent ? 'hard' : 'soft';
}

function reasonOfCode(code: number | undefined): BounceReason {
  if (code === 551) return 'user_unknown';
  if (code === 556 || code === 521) return 'host_unknown';
  if (code === 552) return 'mailbox_full';
  if (code === 553) return 'policy';
  return 'other';
}

/**
 * "User unknown" beside a status about policy (5.7.x) or about the mailbox in general (5.2.0) is what some providers answer
 * to mail that they do not like, so there is doubt.
 */
function isDead(
  reason: BounceReason,
  detail: string | undefined,
  rule: PhraseRule | undefined,
  text: string,
): boolean {
  if (!isAboutRecipient(reason)) return false;
  if (detail === '2.0' || detail?.startsWith('7.') === true || detail === '4.312') return false;
  if (doubts.test(text) && detail !== '1.1') return false;
  if (rule === undefined) return /^1\.(?:1|2|6|10)$/.test(detail ?? '');
  if (rule.reason !== reason) return detail === '1.1' || detail === '4.310';
  return rule.doubtful !== true || detail === '1.1';
}

function phraseFor(text: string): PhraseRule | undefined {
  const whole = text.slice(0, mostCharacters).toLowerCase().replace(/\s+/g, ' ');
  const plain = whole
    .replace(/https?:\/\/\S+/g, ' ')
    // In ASCII alone, because Chinese and Japanese words stand right beside an address.
    .replace(/[\w.!#$%&*+/=?^`{|}~-]+@[\w.-]+/g, 'address')
    .replace(/\bhost (\S+) said\b/g, ' ')
    .replace(/(?<![\w.-])(?:[\w-]+\.)+[a-z]{2,}(?:\[[^\]]*\])?/g, 'server');
  return rules.find((rule) => rule.text.test(rule.inLinks ? whole : plain));
}
