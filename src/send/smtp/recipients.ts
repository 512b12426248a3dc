// The recipients of one transaction: those whose addresses the server can take, and its reply to each.
import { isAscii } from 'node:buffer';
import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import { type RecipientReply, SmtpFault, toFault } from '../judge/fault.js';
import type { Envelope } from '../mime/envelope.js';
import type { Connection } from './connection.js';

/** The envelope, in which nodemailer notes which recipients were accepted and rejected. */
export type SentEnvelope = SMTPConnection.Envelope & Partial<SMTPConnection.SentMessageInfo>;

const notTaken = 'The server does not take addresses beyond ASCII (SMTPUTF8, RFC 6531)';
const notSendable = 'SMTP has no way to write this address';

/**
 * @returns each recipient once, but for those whose address the server has no way to take
 * @throws SmtpFault where the server can take none of them, or has said that the mail is too large
 */
export function recipientsFor(connection: Connection, { from, to }: Envelope, bytes: number): string[] {
  const refuse = (reason: string, recipients?: RecipientReply[]) =>
    new SmtpFault(reason, { step: 'sender', blame: 'message', ...(recipients && { recipients }) });
  if (connection.maxBytes !== undefined && bytes > connection.maxBytes) {
    throw refuse(`The message has ${bytes} bytes, the server takes ${connection.maxBytes}`);
  }
  const ofSender = whyNotTaken(connection, from);
  const reasons = to.map((address) => whyNotTaken(connection, address));
  const taken = to.filter((_address, n) => reasons[n] === undefined);
  if (taken.length > 0 && ofSender === undefined) return [...new Set(taken)];
  throw refuse(
    ofSender === undefined ? (reasons[0] ?? notSendable) : `${ofSender}: the envelope sender`,
    to.map((address) => ({ address })),
  );
}

/** One entry for each recipient of the envelope, in its order. */
export function recipientReplies(
  connection: Connection,
  { to }: Envelope,
  sent: SentEnvelope,
): RecipientReply[] {
  // Recipients with the same reply share their refusal, so that it is judged once.
  const byMessage = new Map<string, Refusal>();
  const refusals = new Map(
    (sent.rejectedErrors ?? []).map((error, n) => {
      const refusal = byMessage.get(error.message) ?? toRefusal(connection, error);
      byMessage.set(error.message, refusal);
      return [sent.rejected?.[n], refusal];
    }),
  );
  return to.map((address) => {
    const reason = whyNotTaken(connection, address);
    const refusal = reason === undefined ? refusals.get(address) : { error: reason };
    return { address, ...(refusal && { refusal }) };
  });
}

type Refusal = NonNullable<RecipientReply['refusal']>;

function toRefusal(connection: Connection, error: unknown): Refusal {
  const { message, facts } = toFault(error, 'recipient', connection.hide);
  return { error: message, ...(facts.reply !== undefined && { reply: facts.reply }) };
}

/** nodemailer refuses the whole mail for an address with an angle bracket, so such an address never gets to it. */
function whyNotTaken({ takesUtf8 }: Connection, address: string): string | undefined {
  if (/[\r\n<>]/.test(address)) return notSendable;
  return takesUtf8 || isAscii(Buffer.from(address)) ? undefined : notTaken;
}
