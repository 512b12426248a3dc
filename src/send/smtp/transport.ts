// Hands mails to SMTP servers over connections that stay open between mails. Owners never share a connection.

import type { LookupFunction } from 'node:net';
import type { Needs } from '../../context.js';
import { openDnsLookup } from '../../dial/dns-lookup.js';
import type { ConnectionLedger } from '../../store/accounts/connection-ledger.js';
import type { SendingAccount } from '../../store/accounts/sending-accounts.js';
import { isConnectionRefusal } from '../judge/connection-refusal.js';
import { outOfStep, SmtpFault } from '../judge/fault.js';
import { isUnwanted } from '../judge/session-reply.js';
import type { Accepted, Content, Envelope } from '../mime/envelope.js';
import { type Connection, destroy } from './connection.js';
import { openConnectionPool } from './pool.js';
import { sendInParts } from './send-in-parts.js';
import { readMachineName } from './session/client-name.js';
import { isReply } from './session/exact-replies.js';
import { roomOf } from './share/connection-share.js';
import { learnRecipients, recipientsAtOnce } from './share/recipients-at-once.js';
import { isSurplus } from './share/take-connection.js';
import { transact } from './transact.js';
import { verifyAccount } from './verify.js';

export interface Transport {
  /**
   * One SMTP transaction, or as many as the server's limit on recipients asks for.
   * @param owner whose connections may be used
   * @throws SmtpFault, which `judgeFailure` reads
   */
  send(
    owner: string,
    account: SendingAccount,
    envelope: Envelope,
    mail: Content,
    options?: SendOptions,
  ): Promise<Accepted>;
  /** How many sends of the owner its server may have at once; Infinity where no limit is known. */
  room(owner: string): number;
  /** @param listener is told the owners whose room may have grown */
  watchRoom(listener: (owner: string) => void): void;
  /**
   * Connects, logs in, and begins a transaction that it takes back.
   * @param usualSender the address that mails of the account leave from; undefined: not known
   * @returns why that fails, in a sentence; undefined when it succeeds
   */
  verify(account: SendingAccount, usualSender?: string | undefined): Promise<string | undefined>;
  /** Closes an owner's idle connections. */
  closeIdle(owner: string): void;
  close(): void;
}

interface SendOptions {
  /** Awaited once the server is ready for a body (354) and before its first byte leaves. If it rejects, nothing of it is sent. */
  beforeBody?: (() => Promise<void>) | undefined;
  /** Whether recipients beyond the server's limit are left for the next mail. */
  isSingle?: boolean;
}

/** The parts of the machine that tests replace. */
interface TransportParts {
  /** Looks up the hosts of servers. */
  lookup: LookupFunction;
  readMachineName: () => string | undefined;
  /** Counts connections over all processes. By default this process counts its own. */
  ledger: ConnectionLedger;
  /** The account of an owner, as limits count it. */
  scopeOf(owner: string): string;
}

export function openTransport(
  given: Needs<'config' | 'clock' | 'log'>,
  parts: Partial<TransportParts> = {},
): Transport {
  const { lookup = openDnsLookup(given) } = parts;
  const ctx = { ...given, lookup, machineName: (parts.readMachineName ?? readMachineName)() };
  let tellRoom = (_owner: string) => {};
  const pool = openConnectionPool(ctx, {
    ledger: parts.ledger ?? ownLedger,
    scopeOf: parts.scopeOf ?? ((owner) => owner),
    onRoom: (owner) => tellRoom(owner),
  });

  /**
   * After a reply that refused the mail, the connection is good for the next one once RSET has been answered.
   * @returns whether the session is out of step: RSET met another reply than 250, so that the refusal may have been the
   *   reply to another command
   */
  function resetAndRelease(owner: string, connection: Connection): Promise<boolean> {
    if (connection.ended) return Promise.resolve(false);
    return new Promise((resolve) => {
      const ms = Math.min(ctx.config.smtpReplyTimeoutSeconds * 1000, longestResetMs);
      const stop = ctx.clock.after(ms, () => {
        destroy(connection);
        resolve(false);
      });
      connection.onEnd = () => {
        stop();
        resolve(false);
      };
      connection.smtp.reset(() => {
        stop();
        const reply = connection.smtp.lastServerResponse || '';
        const isReset = isReply(reply, ['250']);
        if (isReset) pool.release(owner, connection);
        else destroy(connection);
        resolve(!isReset && !reply.startsWith('421'));
      });
    });
  }

  /** One transaction, over another connection where the fault may be that of the first. */
  async function sendOnce(
    [owner, account]: [string, SendingAccount],
    envelope: Envelope,
    mail: Content,
    { beforeBody, isFresh }: SendOptions & { isFresh: boolean },
  ): Promise<Accepted> {
    let fresh = isFresh;
    for (let round = 1; ; round++) {
      const { connection, reused } = await pool.acquire(owner, account, fresh);
      const heard = connection.heard();
      try {
        const accepted = await transact(ctx, connection, envelope, mail, beforeBody);
        connection.mails += 1;
        connection.isInQuestion ||= accepted.recipients.some(({ refusal }) => isUnwanted(refusal?.reply));
        pool.release(owner, connection);
        return accepted;
      } catch (fault) {
        const isOutOfStep = await resetAndRelease(owner, connection);
        // A server may close an idle connection, and this process may hear of it only at the next mail.
        const wasClosed = reused && connection.ended && connection.heard() === heard;
        if (round < mostRounds && isConnectionRefusal(fault)) {
          destroy(connection);
          // Another connection takes the mail. The fault may be that of the mail all the same where there is none.
          const share = pool.share(owner);
          if (share !== undefined && (await isSurplus(share, fault))) continue;
        }
        if (fresh || !(wasClosed || isOutOfStep || mayBeOfSession(fault, reused))) throw fault;
        // The server may have turned away every connection that is as old.
        if (isStale(fault)) pool.dropIdle(owner);
        fresh = true;
      }
    }
  }

  return {
    async send(owner, account, envelope, mail, options = {}) {
      const { beforeBody, isSingle = false } = options;
      const send = (to: string[], isFresh: boolean) =>
        sendOnce([owner, account], { ...envelope, to }, mail, { beforeBody, isFresh });
      if (envelope.to.length === 1) return send(envelope.to, false);
      const share = pool.shareOf(owner, account);
      await share.known;
      const parts = {
        most: recipientsAtOnce(share),
        learn: (most: number) => learnRecipients(share, most),
        send,
        isSingle,
      };
      return sendInParts(envelope.to, parts);
    },
    room(owner) {
      const share = pool.share(owner);
      return share === undefined ? Number.POSITIVE_INFINITY : roomOf(share);
    },
    watchRoom(listener) {
      tellRoom = listener;
    },
    verify: (account, usualSender) => verifyAccount(ctx, account, usualSender),
    closeIdle: pool.closeIdle,
    close: pool.closeAllIdle,
  };
}

/** One that is sent over a fresh connection, and those that met a connection which is one too many. */
const mostRounds = 6;

/** For a process that need not know of others. */
const ownLedger: ConnectionLedger = {
  find: async () => ({ learned: undefined, others: 0, isAlone: true }),
  take: async (_account, held, most) => ({
    learned: undefined,
    others: 0,
    isAlone: true,
    isGranted: held <= most,
  }),
  hold: async () => {},
  save: async () => {},
};

/** A server that has not answered RSET by then is closed. */
const longestResetMs = 10_000;

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
