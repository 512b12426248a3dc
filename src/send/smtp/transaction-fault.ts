// Says at which step a transaction failed, and whether the body may have reached the server all the same.
import type { Duplex } from 'node:stream';
import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import { SmtpFault, type Step, toFault } from '../judge/fault.js';
import { parseReply } from '../judge/reply.js';
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

/** @returns also whether the connection can carry another mail: only where a reply has ended a step in good order */
export function transactionFault(
  connection: Connection,
  { envelope, sent, body }: Transaction,
  error: unknown,
): { fault: SmtpFault; isUsable: boolean } {
  const step = stepOf(error, sent, body);
  const { message, facts } = toFault(error, step, connection.hide);
  const whole = body !== undefined && isWhole(body);
  const code = parseReply(facts.reply ?? '')?.code;
  const isUsable = code !== undefined && code >= 400 && code !== 421 && (body === undefined || whole);
  const hasRejected = code !== undefined && (sent.rejected?.length ?? 0) > 0 && step !== 'sender';
  const replies = hasRejected && code !== 421 && { recipients: recipientReplies(connection, envelope, sent) };
  // Bytes that wait in the socket have not left, and the dot comes last.
  const bodyLeft = whole && !hasUnsentBytes(connection.smtp);
  return { fault: new SmtpFault(message, { ...facts, step, bodyLeft, ...replies }), isUsable };
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
