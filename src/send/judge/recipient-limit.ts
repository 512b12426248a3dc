// Finds the recipients that a server left out because it takes only so many in one transaction: no refusal of them.
import type { RecipientReply, SmtpFault } from './fault.js';
import { parseReply } from './reply.js';
import { ruleFor } from './reply-rules.js';

/** RFC 3463 section 3.6: too many recipients. */
const statuses = ['4.5.3', '5.5.3'];

const ofTransaction =
  /too (many|much) (rcpts?|recipients|destinations?|(destination |recipient |envelope )*(addresse?e?s|recipients))|(recipients?|rcpts?|addressees?) (count |number )?(limit|maximum|exceed)|(only|(no |not )?more than|up to|at most) \d+ (rcpts?|recipients|address(e?e)?s)|(limit|maximum|max|number) (number )?(of |on |is )?(\d+ )?(allowed )?(recipients|rcpts?|addressees)|(recipients|rcpts?) (per|in (a|one|this)) (message|mail|e-?mail|transaction|session|envelope|connection)|4\.5\.3\.1\.(8|10)|more (recipients|rcpts?)|multiple (destination |recipient )?domains|(domains?|recipients?|one) (per|in (a|one)) (separate )?transaction|in a (separate|new|further|different) (transaction|message|session)/i;

/** Words of a limit in time, or of what lacks room for one recipient. */
const ofOther =
  /hour|daily|(per|a|each) (day|minute)|(?<!recipients? )quota|mailbox|storage|disk|space|today|grey|not allowed to send/i;

/** Words that together speak of how many recipients there may be, in whatever order. */
const nounOfNumber = /\b(recipients?|rcpts?|addressees?|addresses)\b/i;
const wordOfNumber =
  /\b(only|limit|max|maximum|fewer|less|more|quota|exceed(s|ed|ing)?|at (a|one) time|per)\b/i;
const ofPerson = /invalid|unknown|no such|rejected|does not exist|not (found|exist)/i;

/**
 * `likely`: the words are of a number. `perhaps`: the code alone says it (RFC 5321 section 4.5.3.1.10), which has other
 * meanings too.
 */
function says(raw: string | undefined): 'limit' | 'likely' | 'perhaps' | 'other' {
  const reply = raw === undefined ? undefined : parseReply(raw);
  if (reply === undefined || reply.code < 400) return 'other';
  const { code, enhanced, text } = reply;
  if (enhanced !== undefined && statuses.includes(enhanced)) return 'limit';
  if (ofOther.test(text)) return 'other';
  const verdict = ruleFor('recipient', reply)?.verdict;
  const isOfSession = code === 421 || code === 454 || enhanced?.startsWith('4.3.') === true;
  if (ofTransaction.test(text) && (isOfSession || verdict === undefined || verdict === 'deferred'))
    return 'limit';
  const isOfMailbox = /^[45]\.2\./.test(enhanced ?? '');
  if (!isOfMailbox && nounOfNumber.test(text) && wordOfNumber.test(text) && !ofPerson.test(text))
    return 'likely';
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
  const mayBe = ({ refusal }: RecipientReply) => ['likely', 'perhaps'].includes(says(refusal?.reply));
  const from = later.findIndex(mayBe);
  const tail = from < 0 ? [] : later.slice(from);
  const isWhole = tail.every(mayBe);
  return isWhole ? tail.map(({ address }) => address) : [];
}

/**
 * How many recipients to try with after a transaction that failed as a whole.
 * @returns undefined where their number was not the reason
 */
export function fewerAfter({ facts }: SmtpFault, recipients: number): number | undefined {
  const { step, reply, recipients: each } = facts;
  if (recipients < 2 || !['limit', 'likely'].includes(says(reply))) return undefined;
  // All of them were refused one by one, so that fewer would be as well.
  if (step === 'recipient' && each !== undefined) return undefined;
  return step === 'recipient' || step === 'message' ? Math.floor(recipients / 2) : undefined;
}
