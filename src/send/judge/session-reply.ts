// Tells whether a reply speaks of the session, so that no other mail may use the connection it came over.
import type { Step } from './fault.js';
import { parseReply } from './reply.js';
import { ruleFor } from './reply-rules.js';
import { ofSession } from './server-rules.js';

/** RFC 3463 section 3.4 and 3.5: system not accepting network messages; bad connection. */
const unwantedStatuses = ['4.3.2', '4.4.2', '5.3.2', '5.4.2'];

const unwantedText =
  /time(d )?[- ]?out|(idle|inactive) (for )?too long|closing (the )?(connection|transmission|session)|service (is )?(currently |temporarily )?(unavailable|not available)|shutting down/i;

/**
 * Whether the session is stale or not wanted, and a fresh one may be welcome: 421, `451 4.4.2 Timeout`, or Postfix's
 * postscreen, which answers `450 4.3.2` to every command of a connection that was there before its client passed.
 */
export function isUnwanted(raw: string | undefined): boolean {
  const reply = raw === undefined ? undefined : parseReply(raw);
  if (reply === undefined || reply.code < 400) return false;
  if (reply.code === 421 || unwantedStatuses.includes(reply.enhanced ?? '')) return true;
  return (
    ofSession.test(reply.text) || ([450, 451, 503, 554].includes(reply.code) && unwantedText.test(reply.text))
  );
}

/** Replies that no correct sequence of commands meets: unknown command, bad sequence, or a login that is missing. */
const unusualCodes = [500, 501, 502, 503, 504, 530, 535, 538];

/**
 * Whether the session goes on as usual after this refusal: the server refused one sender, one recipient or one body, and
 * said nothing about itself or the account.
 */
export function isUsual(step: Step, raw: string | undefined): boolean {
  const reply = raw === undefined ? undefined : parseReply(raw);
  if (reply === undefined || reply.code < 400 || isUnwanted(raw) || unusualCodes.includes(reply.code))
    return false;
  if (step === 'sender' && reply.code < 500) return false;
  const verdict = ruleFor(step, reply)?.verdict;
  return verdict !== 'open_breaker' && verdict !== 'open_until_changed';
}
