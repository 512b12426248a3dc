// Sends one mail over an open connection: envelope, body and final reply, each in bounded time.
import type { Needs } from '../../context.js';
import { outOfStep, SmtpFault } from '../judge/fault.js';
import { contentFor } from '../mime/content-for.js';
import type { Accepted, Content, Envelope } from '../mime/envelope.js';
import { type Connection, destroy } from './connection.js';
import { recipientReplies, recipientsFor } from './recipients.js';
import { bodyStream, isWhole, sendBody } from './send-body.js';
import { isFinalReply, isInStep } from './session/exact-replies.js';
import { type Transaction, transactionFault } from './transaction-fault.js';
import { watchEnvelope } from './watch-envelope.js';

/**
 * @param beforeBody is awaited once the server is ready for the body; if it rejects, nothing of the body leaves
 * @throws SmtpFault; afterwards the connection has either ended or has to be reset before the next mail
 */
export async function transact(
  ctx: Needs<'config' | 'clock'>,
  connection: Connection,
  envelope: Envelope,
  mail: Content,
  beforeBody: (() => Promise<void>) | undefined,
): Promise<Accepted> {
  if (!isInStep(connection.smtp)) {
    destroy(connection);
    const message = 'The server said something before it was asked';
    throw new SmtpFault(message, { step: 'sender', blame: 'network', code: outOfStep });
  }
  const { raw, rest, send } = contentFor(connection, envelope, mail);
  const size = raw.length + (rest?.length ?? 0);
  const to = recipientsFor(connection, envelope, size);
  const from = envelope.from === '' ? false : envelope.from;
  const transaction: Transaction = { envelope, sent: { from, to, size }, body: undefined };
  let stopWatch = () => {};
  try {
    return await new Promise<Accepted>((resolve, reject) => {
      connection.onEnd = reject;
      stopWatch = watchEnvelope(ctx, connection, to.length, reject);
      const message = bodyStream((target) => {
        stopWatch();
        transaction.body = target;
        stopWatch = sendBody(ctx, connection, { target, raw, rest, beforeBody }, reject);
      });
      send(transaction.sent, message, (error, info) => {
        if (error || info === undefined) reject(error ?? new Error('No answer'));
        else if (!transaction.body || !isWhole(transaction.body))
          reject(new Error('The reply came before the mail'));
        else if (!isFinalReply(info.response)) reject(notFinal(info.response));
        else resolve(accepted(connection, transaction, info.response));
      });
    });
  } catch (error) {
    const { fault, use } = transactionFault(connection, transaction, error);
    if (use === 'useless') destroy(connection);
    connection.isInQuestion ||= use === 'in question';
    throw fault;
  } finally {
    stopWatch();
    connection.onEnd = () => {};
  }
}

/** Whether the server took the mail is then unknown. */
function notFinal(response: string): Error {
  return Object.assign(new Error('The server answered the mail with the reply to another command'), {
    response,
  });
}

function accepted(connection: Connection, { envelope, sent }: Transaction, response: string): Accepted {
  return { response: connection.hide(response), recipients: recipientReplies(connection, envelope, sent) };
}
