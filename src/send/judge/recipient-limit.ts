// Finds the recipients that a server left out because it takes only so many in one transaction: no refusal of them.
import type { RecipientReply, SmtpFault } from './fault.js';
import { parseReply } from './reply.js';
import { ruleFor } from './reply-rules.js';

/** RFC 3463 section 3.6: too many recipients. */
const statuses = ['4.5.3', '5.5.3'];

const ofTransaction =
  /too (many|much) (rcpts?|recipients|destinations?|(destination |recipient |envelope )*(addresse?e?s|recipients))|(recipients?|rcpts?|addressees?) (count |number )?(limit|maximum|exceed)|(only|(no |not )?more than|up to|at most) \d+ (rcpts?|recipients|address(e?e)?s)|(limit|maximum|max|number) (number )?(of |on |is )?(\d+ )?(allowed )?(recipients|rcpts?|addressees)|(recipients|rcpts?) (per|in (a|one|this)) (message|mail|e-?mail|transaction|session|envelope|connection)|4\.5\.3\.1\.(8|10)|more (recipients|rcpts?)/i;

/** Words of a limit in time, or of what lacks room for one recipient. */
const ofOther =
  /hour|daily|(per|a|each) (day|minute)|quota|mailbox|storage|disk|space|grey|not allowed to send/i;

/** `perhaps`: the code alone says it (RFC 5321 section 4.5.3.1.10), which has other meanings too. */
function says(raw: string | undefined): 'limit' | 'perhaps' | 'other' {
  const reply = raw === undefined ? undefined : parseReply(raw);
  if (reply === undefined || reply.code < 400) return 'other';
  const { code, enhanced, text } = reply;
  if (enhanced !== undefined && statuses.includes(enhanced)) return 'limit';
  if (ofOther.test(text)) return 'other';
  const verdict = ruleFor('recipient', reply)?.verdict;
  const isOfSession = code === 421 || code === 454 || enhanced === '4.3.1';
  if (ofTransaction.test(text) && (isOfSession || verdict === undefined || verdict === 'deferred'))
    return 'limit';
  const isBare = enhanced === undefined || ['4.0.0', '5.0.0', '4.5.0', '5.5.0'].includes(enhanced);
  return isBare && (code === 452 || code === 552) ? 'perhaps' : 'other';
}

/**
 * The recipients to be sent to in a further transaction: those refused for their number after others were taken. Where the
 * reply does not say so plainly, all from the first such refusal on have to have met it.
 */
export function leftOver(recipients: RecipientReply[]): string[] {
  const firstTaken = recipients.findIndex(({ refusal }) => refusal === undefined);
  if (firstTaken < 0) return [];
  const later = recipients.slice(firstTaken);
  const plain = later.filter(({ refusal }) => says(refusal?.reply) === 'limit');
  if (plain.length > 0) return plain.map(({ address }) => address);
  const from = later.findIndex(({ refusal }) => says(refusal?.reply) === 'perhaps');
  const tail = from < 0 ? [] : later.slice(from);
  const isWhole = tail.every(({ refusal }) => says(refusal?.reply) === 'perhaps');
  return isWhole ? tail.map(({ address }) => address) : [];
}

/**
 * How many recipients to try with after a transaction that failed as a whole.
 * @returns undefined where their number was not the reason
 */
export function fewerAfter({ facts }: SmtpFault, recipients: number): number | undefined {
  const { step, reply, recipients: each } = facts;
  if (recipients < 2 || says(reply) !== 'limit') return undefined;
  // All of them were refused one by one, so that fewer would be as well.
  if (step === 'recipient' && each !== undefined) return undefined;
  return step === 'recipient' || step === 'message' ? Math.floor(recipients / 2) : undefined;
}
