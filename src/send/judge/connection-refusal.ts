// Tells whether a fault says that the server takes no further connection, rather than anything about the account or a mail.
import { SmtpFault } from './fault.js';
import { parseReply } from './reply.js';

const tooMany =
  /(concurrent|simultaneous|parallel|too many|maximum( number of| allowed)?) (smtp |open |active |client )?(connections|sessions)|(connections|sessions) (from|per)|connections? (count )?(limit|exceed)|sessions? limit|(concurrency|thread) limit|number of (open |concurrent |active |simultaneous )*(connections|sessions)|max (sessions|connections)/i;

/** What a system or nodemailer says of a connection that was refused, dropped, or never answered. */
const networkCodes = ['ECONNREFUSED', 'ECONNRESET', 'ECONNECTION', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH'];

/**
 * Whether one connection less may be the remedy, as far as others of the account work: a connection that was refused or
 * closed, a refusal in place of the greeting or EHLO, or a later reply that speaks of the number of connections.
 */
export function isConnectionRefusal(fault: unknown): boolean {
  if (!(fault instanceof SmtpFault)) return false;
  const { step, reply, code, foreign } = fault.facts;
  if (foreign !== undefined || code === 'ETLS') return false;
  const said = reply === undefined ? undefined : parseReply(reply);
  if (said === undefined) return step === 'connect' && networkCodes.includes(code ?? 'ECONNECTION');
  return said.code >= 400 && (step === 'connect' || tooMany.test(said.text));
}
