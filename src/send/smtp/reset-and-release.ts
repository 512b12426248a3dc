// Takes a refused mail back with RSET, so that its connection is good for the next mail.
import type { Needs } from '../../context.js';
import { type Connection, destroy } from './connection.js';
import { isReply } from './session/exact-replies.js';

/** A server that has not answered RSET by then is closed. */
const longestResetMs = 10_000;

/**
 * @param release takes the connection back, once the server has answered RSET. Otherwise the connection is closed.
 * @returns what RSET met in place of 250: the session may be out of step, and the refusal the reply to another command
 */
export function resetAndRelease(
  ctx: Needs<'config' | 'clock'>,
  connection: Connection,
  release: () => void,
): Promise<string | undefined> {
  if (connection.ended) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    const ms = Math.min(ctx.config.smtpReplyTimeoutSeconds * 1000, longestResetMs);
    const stop = ctx.clock.after(ms, () => {
      destroy(connection);
      resolve(undefined);
    });
    connection.onEnd = () => {
      stop();
      resolve(undefined);
    };
    connection.smtp.reset(() => {
      stop();
      const reply = connection.smtp.lastServerResponse || '';
      const isReset = isReply(reply, ['250']);
      if (isReset) release();
      else destroy(connection);
      resolve(isReset || reply.startsWith('421') ? undefined : reply);
    });
  });
}
