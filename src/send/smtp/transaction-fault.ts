// Says at which step a transaction failed, and whether the body may have reached the server all the same.
import type { Duplex } from 'node:stream';
import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import { outOfStep, SmtpFault, type Step, toFault } from '../judge/fault.js';
import { parseReply } from '../judge/reply.js';
import { isUnwanted, isUsual } from '../judge/session-reply.js';
import type { Envelope } from '../mime/envelope.js';
import type { Connection } from './connection.js';
import { recipientReplies, type SentEnvelope } from './recipients.js';
import { isWhole } from './send-body.js';

export interface Transaction {
  envelope: Envelope;
  sent: SentEnvelope;
  /** Undefined until the server is ready for the body. */
  body: Duplex | undefined;
}

/**
 * What the connection is still good for: another mail, one RSET that tells whether it is in step, or nothing. Only a reply
 * that ended a step in good order leaves it of use.
 */
type Use = 'usable' | 'in question' | 'useless';

/** @returns also what the connection is still good for */
export function transactionFault(
  connection: Connection,
  { envelope, sent, body }: Transaction,
  error: unknown,
): { fault: SmtpFault; use: Use } {
  const step = stepOf(error, sent, body);
  const { message, facts: known } = toFault(error, step, connection.hide);
  // What a server out of step has said may be its reply to any command, so nothing is concluded from it.
  const isOutOfStep = known.code === outOfStep;
  const facts: SmtpFault['facts'] = isOutOfStep ? withoutReply(known) : known;
  const whole = body !== undefined && isWhole(body);
  const code = parseReply(facts.reply ?? '')?.code;
  const isOrderly = code !== undefined && code >= 400 && (body === undefined || whole);
  const use =
    isOrderly && !isOutOfStep && !isUnwanted(facts.reply) ? usualOr(step, facts.reply, body) : 'useless';
  const hasRejected = code !== undefined && (sent.rejected?.length ?? 0) > 0 && step !== 'sender';
  const replies = hasRejected && code !== 421 && { recipients: recipientReplies(connection, envelope, sent) };
  const endedBy = code === 421 && step === 'recipient' ? sent.rejected?.at(-1) : undefined;
  // Bytes that wait in the socket have not left, and the dot comes last.
  const bodyLeft = whole && !hasUnsentBytes(connection.smtp);
  return {
    fault: new SmtpFault(message, {
      ...facts,
      step,
      bodyLeft,
      ...replies,
      ...(endedBy !== undefined && { endedBy }),
    }),
    use,
  };
}

function withoutReply({ reply: _notDue, ...others }: SmtpFault['facts']): SmtpFault['facts'] {
  return others;
}

/** DATA is not refused once a recipient has been accepted. */
function usualOr(step: Step, reply: string | undefined, body: Duplex | undefined): Use {
  const isUsualStep = step !== 'message' || body !== undefined;
  return isUsualStep && isUsual(step, reply) ? 'usable' : 'in question';
}

function hasUnsentBytes({ _socket }: SMTPConnection): boolean {
  return _socket ? _socket.writableLength > 0 : false;
}

function stepOf(error: unknown, sent: SentEnvelope, body: Duplex | undefined): Step {
  if (body !== undefined) return 'message';
  const { command } = Object(error) as { command?: unknown };
  if (command === 'MAIL FROM') return 'sender';
  if (command === 'DATA') return 'message';
  if (command === 'RCPT TO') return 'recipient';
  return (sent.accepted?.length ?? 0) + (sent.rejected?.length ?? 0) > 0 ? 'recipient' : 'sender';
}
