// Sends one mail in one SMTP transaction, over another connection where the fault may be that of the first.

import type { Needs } from '../../context.js';
import type { SendingAccount } from '../../store/accounts/sending-accounts.js';
import { isConnectionRefusal } from '../judge/connection-refusal.js';
import { outOfStep, SmtpFault } from '../judge/fault.js';
import { isUnwanted } from '../judge/session-reply.js';
import type { Accepted, Content, Envelope } from '../mime/envelope.js';
import { destroy } from './connection.js';
import type { ConnectionPool } from './pool/connection-pool.js';
import { resetAndRelease } from './reset-and-release.js';
import { isSurplus } from './share/take-connection.js';
import { transact } from './transact.js';
import type { Transcript } from './transcript/transcript.js';

/** Whose connections carry the mail. */
interface Carrier {
  pool: ConnectionPool;
  owner: string;
  account: SendingAccount;
}

interface OnceOptions {
  /** See `Transport.send`. */
  beforeBody: (() => Promise<void>) | undefined;
  /** Whether an idle connection will not do. */
  isFresh: boolean;
  transcript: Transcript | undefined;
}

/** One that is sent over a fresh connection, and those that met a connection which is one too many. */
const mostRounds = 6;

/** @throws SmtpFault */
export async function sendOnce(
  ctx: Needs<'config' | 'clock'>,
  { pool, owner, account }: Carrier,
  envelope: Envelope,
  mail: Content,
  { beforeBody, isFresh, transcript }: OnceOptions,
): Promise<Accepted> {
  let fresh = isFresh;
  for (let round = 1; ; round++) {
    const { connection, reused } = await pool.acquire(owner, account, fresh);
    const heard = connection.heard();
    try {
      const accepted = await transact(ctx, connection, envelope, mail, beforeBody);
      transcript?.add(connection.conversation);
      connection.mails += 1;
      connection.isInQuestion ||= accepted.recipients.some(({ refusal }) => isUnwanted(refusal?.reply));
      pool.release(owner, connection);
      return accepted;
    } catch (fault) {
      let isReleased = false;
      const oddReply = await resetAndRelease(ctx, connection, () => {
        isReleased = true;
        transcript?.add(connection.conversation);
        pool.release(owner, connection);
      });
      if (!isReleased) transcript?.add(connection.conversation);
      // A server may close an idle connection, and this process may hear of it only at the next mail.
      const wasClosed = reused && connection.ended && connection.heard() === heard;
      if (round < mostRounds && isConnectionRefusal(fault)) {
        destroy(connection);
        // Another connection takes the mail. The fault may be that of the mail all the same where there is none.
        const share = pool.share(owner);
        if (share !== undefined && (await isSurplus(share, fault))) continue;
      }
      const mayBeOther = wasClosed || oddReply !== undefined || mayBeOfSession(fault, reused);
      if (fresh || !mayBeOther) throw /^(25[12]|354)/.test(oddReply ?? '') ? unsettled(fault) : fault;
      // The server may have turned away every connection that is as old.
      if (isStale(fault)) pool.dropIdle(owner);
      fresh = true;
    }
  }
}

/** RSET met the consent to another command, so the refusal before it may be another recipient's: it settles nothing. */
function unsettled(fault: unknown): unknown {
  if (!(fault instanceof SmtpFault) || fault.facts.bodyLeft === true) return fault;
  const message = `The replies of the server are out of step: ${fault.message}`;
  return new SmtpFault(message, { step: 'sender', blame: 'network', code: outOfStep });
}

/**
 * Whether the fault may be that of the session alone, so that the mail is tried at once over a fresh one. Nothing of the
 * body has left then.
 */
function mayBeOfSession(fault: unknown, reused: boolean): boolean {
  if (!(fault instanceof SmtpFault)) return false;
  const { step, reply, code } = fault.facts;
  if (isStale(fault)) return true;
  if (!reused) return false;
  // A 421 before the server was asked anything else: the connection had been idle for too long.
  return (step === 'sender' && isUnwanted(reply)) || (code === outOfStep && fault.facts.bodyLeft !== true);
}

/** The server has a session that it does not want any more, and says so at each command before the body. */
function isStale(fault: unknown): boolean {
  if (!(fault instanceof SmtpFault)) return false;
  const { step, reply } = fault.facts;
  return (step === 'sender' || step === 'recipient') && !/^421/.test(reply ?? '') && isUnwanted(reply);
}
