// One mail over an open connection: envelope, body and final reply, each in bounded time, each recipient's reply kept.
import { isAscii } from 'node:buffer';
import { type Duplex, Readable } from 'node:stream';
import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { Needs } from '../../context.js';
import { type RecipientReply, SmtpFault, type Step, toFault } from '../judge/fault.js';
import { parseReply } from '../judge/reply.js';
import type { Accepted, Envelope } from '../mime/envelope.js';
import { type Connection, cut, lateFault, patienceAfterBody } from './connection.js';

/** What a server is given for each recipient, and for the body, on top of its time for a reply. */
const msPerRecipient = 2000;
const leastBytesPerSecond = 8 * 1024;
/** What of the body it has to take within the time for a reply (RFC 5321 section 4.5.3.2.5). */
const blockBytes = 64 * 1024;

/** nodemailer keeps its account of the recipients in the envelope it is given. */
type Sent = SMTPConnection.Envelope & Partial<SMTPConnection.SentMessageInfo>;

/** @throws SmtpFault; `connection.ended` where it can carry no other mail, else it has to be reset */
export async function transact(
  ctx: Needs<'config' | 'clock'>,
  connection: Connection,
  envelope: Envelope,
  raw: Buffer,
  handOver: (() => Promise<void>) | undefined,
): Promise<Accepted> {
  const to = recipientsFor(connection, envelope, raw.length);
  const sent: Sent = { from: envelope.from === '' ? false : envelope.from, to, size: raw.length };
  const replyMs = ctx.config.smtpReplyTimeoutSeconds * 1000;
  const bodyMs = replyMs + (raw.length / leastBytesPerSecond) * 1000;
  let body: Duplex | undefined;
  let stop = () => {};
  let stopBody = () => {};
  try {
    return await new Promise<Accepted>((resolve, reject) => {
      const giveMessage = (ms: number, what: string) => {
        stop();
        stop = ctx.clock.after(ms, () => reject(lateFault('message', what, ms)));
      };
      connection.onEnd = reject;
      stop = watchEnvelope(ctx, connection, to.length, replyMs, reject);
      const message = mailBody((target) => {
        body = target;
        const what = 'did not take the body';
        stopBody = ctx.clock.after(bodyMs, () => reject(lateFault('message', what, bodyMs)));
        const giveBlock = () => giveMessage(replyMs, what);
        giveBlock();
        target.once('end', () => {
          stopBody();
          giveMessage(patienceAfterBody * replyMs, 'did not reply to the mail');
        });
        if (handOver === undefined) return write(target, raw, giveBlock);
        handOver().then(() => connection.ended || write(target, raw, giveBlock), reject);
      });
      connection.smtp.send(sent, message, (error, info) => {
        if (error || info === undefined) reject(error ?? new Error('No answer'));
        else if (body === undefined || !isWhole(body)) reject(new Error('The reply came before the mail'));
        else
          resolve({
            response: connection.hide(info.response),
            recipients: replies(connection, envelope, sent),
          });
      });
    });
  } catch (error) {
    throw endFailed(connection, envelope, sent, body, error);
  } finally {
    stop();
    stopBody();
    connection.onEnd = () => {};
  }
}

/** Refuses what this server has no way to take, without asking it. @returns each of the others, once */
function recipientsFor(connection: Connection, { from, to }: Envelope, bytes: number): string[] {
  const refuse = (reason: string, recipients?: RecipientReply[]) =>
    new SmtpFault(reason, { step: 'sender', blame: 'message', ...(recipients && { recipients }) });
  if (connection.maxBytes !== undefined && bytes > connection.maxBytes) {
    throw refuse(`The message has ${bytes} bytes, the server takes ${connection.maxBytes}`);
  }
  const taken = to.filter((address) => isTaken(connection, address));
  if (taken.length > 0 && isTaken(connection, from)) return [...new Set(taken)];
  throw refuse(
    notTaken,
    to.map((address) => ({ address })),
  );
}

const notTaken = 'The server does not take addresses beyond ASCII (SMTPUTF8, RFC 6531)';

function isTaken({ takesUtf8 }: Connection, address: string): boolean {
  return takesUtf8 || isAscii(Buffer.from(address));
}

/**
 * Replies to MAIL, RCPT and DATA come one after another: each has its time, and all together no more than that of
 * three and a little for each recipient, or a server that says a byte a second holds a mail to many for hours.
 */
function watchEnvelope(
  ctx: Needs<'clock'>,
  connection: Connection,
  recipients: number,
  replyMs: number,
  late: (fault: SmtpFault) => void,
): () => void {
  let looksLeft = 3 + Math.ceil((recipients * msPerRecipient) / replyMs);
  let heard = connection.heard();
  let stop = ctx.clock.after(replyMs, look);
  function look(): void {
    looksLeft -= 1;
    if (connection.heard() === heard || looksLeft === 0) {
      late(lateFault('recipient', 'did not answer the envelope', replyMs));
      return;
    }
    heard = connection.heard();
    stop = ctx.clock.after(replyMs, look);
  }
  return () => stop();
}

/**
 * A mail as nodemailer asks for it, once the server is ready: by `pipe`, the one thing it wants of a stream here. A
 * real Readable would cost every mail one more, with its events.
 */
function mailBody(begin: (target: Duplex) => void): Readable {
  return { pipe: begin } as unknown as Readable;
}

/** @param began called before each block */
function write(target: Duplex, raw: Buffer, began: () => void): void {
  if (raw.length <= blockBytes) target.end(raw);
  else Readable.from(blocks(raw, began)).pipe(target);
}

function* blocks(raw: Buffer, began: () => void): Generator<Buffer> {
  for (let at = 0; at < raw.length; at += blockBytes) {
    began();
    yield raw.subarray(at, at + blockBytes);
  }
}

/** Whether all of it, and the dot that ends it, has gone to the socket. */
function isWhole(body: Duplex): boolean {
  return body.readableEnded || (body.writableFinished && body.readableLength === 0);
}

function replies(connection: Connection, { to }: Envelope, sent: Sent): RecipientReply[] {
  const refusals = new Map(
    (sent.rejectedErrors ?? []).map((error, n) => {
      const { message, facts } = toFault(error, 'recipient', connection.hide);
      const refusal = { error: message, ...(facts.reply !== undefined && { reply: facts.reply }) };
      return [sent.rejected?.[n], refusal];
    }),
  );
  return to.map((address) => {
    const refusal = isTaken(connection, address) ? refusals.get(address) : { error: notTaken };
    return { address, ...(refusal && { refusal }) };
  });
}

/** What went wrong, with all that is known of it; ends the connection unless a reply to the end of a step was the reason. */
function endFailed(
  connection: Connection,
  envelope: Envelope,
  sent: Sent,
  body: Duplex | undefined,
  error: unknown,
): SmtpFault {
  const step = stepOf(error, sent, body);
  const { message, facts } = toFault(error, step, connection.hide);
  const whole = body !== undefined && isWhole(body);
  // What still waits in the socket has not left, and the dot comes last.
  const socket = connection.smtp._socket;
  const bodyLeft = whole && !(socket && socket.writableLength > 0);
  const code = parseReply(facts.reply ?? '')?.code;
  if (code === undefined || code === 421 || (body !== undefined && !whole)) cut(connection);
  const decided = code !== undefined && (sent.rejected?.length ?? 0) > 0 && step !== 'sender';
  const refused = decided && code !== 421 && { recipients: replies(connection, envelope, sent) };
  return new SmtpFault(message, { ...facts, step, bodyLeft, ...refused });
}

function stepOf(error: unknown, sent: Sent, body: Duplex | undefined): Step {
  if (body !== undefined) return 'message';
  const { command } = Object(error) as { command?: unknown };
  if (command === 'MAIL FROM') return 'sender';
  if (command === 'DATA') return 'message';
  if (command === 'RCPT TO') return 'recipient';
  return (sent.accepted?.length ?? 0) + (sent.rejected?.length ?? 0) > 0 ? 'recipient' : 'sender';
}
