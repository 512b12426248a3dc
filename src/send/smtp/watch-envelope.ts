// Bounds the time in which a server answers MAIL, RCPT and DATA.
import type { Needs } from '../../context.js';
import type { SmtpFault } from '../judge/fault.js';
import { type Connection, lateFault } from './connection.js';

/** A server gets this much for each recipient on top of its time for three replies. */
const msPerRecipient = 2000;

/**
 * The server has to say something within each reply time, and has to be done within three of them plus a little for
 * each recipient. Without the second bound, a server that says a byte a second holds a mail to many for hours.
 * @param onLate is called at most once
 * @returns ends the watch
 */
export function watchEnvelope(
  ctx: Needs<'config' | 'clock'>,
  connection: Connection,
  recipients: number,
  onLate: (fault: SmtpFault) => void,
): () => void {
  const replyMs = ctx.config.smtpReplyTimeoutSeconds * 1000;
  let checksLeft = 3 + Math.ceil((recipients * msPerRecipient) / replyMs);
  let heard = connection.heard();
  let stop = ctx.clock.after(replyMs, check);
  function check(): void {
    checksLeft -= 1;
    if (connection.heard() === heard || checksLeft === 0) {
      onLate(lateFault('recipient', 'did not answer the envelope', replyMs));
      return;
    }
    heard = connection.heard();
    stop = ctx.clock.after(replyMs, check);
  }
  return () => stop();
}
