// Hands mails to SMTP servers over connections that stay open between mails. Owners never share a connection.

import type { LookupFunction } from 'node:net';
import type { Needs } from '../../context.js';
import { openDnsLookup } from '../../dial/dns-lookup.js';
import type { SendingAccount } from '../../store/accounts/sending-accounts.js';
import { SmtpFault } from '../judge/fault.js';
import type { Accepted, Content, Envelope } from '../mime/envelope.js';
import { type Connection, destroy } from './connection.js';
import { openConnectionPool } from './pool.js';
import { readMachineName } from './session/client-name.js';
import { isReply } from './session/exact-replies.js';
import { transact } from './transact.js';
import { verifyAccount } from './verify.js';

export interface Transport {
  /**
   * One SMTP transaction.
   * @param owner whose connections may be used
   * @param beforeBody awaited once the server is ready for the body (354) and before its first byte leaves; if it
   *   rejects, nothing of the body is sent
   * @throws SmtpFault, which `judgeFailure` reads
   */
  send(
    owner: string,
    account: SendingAccount,
    envelope: Envelope,
    mail: Content,
    beforeBody?: () => Promise<void>,
  ): Promise<Accepted>;
  /** Connects and logs in, and sends nothing. @returns why that fails, in a sentence; undefined when it succeeds */
  verify(account: SendingAccount): Promise<string | undefined>;
  /** Closes an owner's idle connections. */
  closeIdle(owner: string): void;
  close(): void;
}

/** The parts of the machine that tests replace. */
interface TransportParts {
  /** Looks up the hosts of servers. */
  lookup: LookupFunction;
  readMachineName: () => string | undefined;
}

export function openTransport(
  given: Needs<'config' | 'clock' | 'log'>,
  parts: Partial<TransportParts> = {},
): Transport {
  const { lookup = openDnsLookup(given) } = parts;
  const ctx = { ...given, lookup, machineName: (parts.readMachineName ?? readMachineName)() };
  const pool = openConnectionPool(ctx);

  /** After a reply that refused the mail, the connection is good for the next one once RSET has been answered. */
  function resetAndRelease(owner: string, connection: Connection): void {
    if (connection.ended) return;
    const stop = ctx.clock.after(ctx.config.smtpReplyTimeoutSeconds * 1000, () => destroy(connection));
    connection.onEnd = stop;
    connection.smtp.reset((failure) => {
      stop();
      const isReset = !failure && isReply(connection.smtp.lastServerResponse || '', ['250']);
      if (!isReset) destroy(connection);
      else pool.release(owner, connection);
    });
  }

  return {
    async send(owner, account, envelope, mail, beforeBody) {
      // Two rounds at most: a fresh connection is not `reused`.
      for (let fresh = false; ; fresh = true) {
        const { connection, reused } = await pool.acquire(owner, account, fresh);
        const heard = connection.heard();
        try {
          const accepted = await transact(ctx, connection, envelope, mail, beforeBody);
          connection.mails += 1;
          pool.release(owner, connection);
          return accepted;
        } catch (fault) {
          resetAndRelease(owner, connection);
          // A server may close an idle connection, and this process may hear of it only at the next mail.
          const wasClosed = connection.ended && (connection.heard() === heard || isGoodbye(fault));
          if (!(reused && wasClosed)) throw fault;
        }
      }
    },
    verify: (account) => verifyAccount(ctx, account),
    closeIdle: pool.closeIdle,
    close: pool.closeAllIdle,
  };
}

/** A 421 before the server was asked anything: it had been left waiting for too long. */
function isGoodbye(fault: unknown): boolean {
  return fault instanceof SmtpFault && fault.facts.step === 'sender' && /^421/.test(fault.facts.reply ?? '');
}
