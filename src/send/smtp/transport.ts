// Hands mails to SMTP servers over connections that are kept open between mails, per account and never shared.

import type { Needs } from '../../context.js';
import type { SendingAccount } from '../../store/accounts/sending-accounts.js';
import { SmtpFault } from '../judge/fault.js';
import type { Accepted, Envelope } from '../mime/envelope.js';
import { type Connection, cut } from './connection.js';
import { openFreeList } from './pool.js';
import { transact } from './transact.js';
import { verifyAccount } from './verify.js';

export interface Transport {
  /**
   * One SMTP transaction.
   * @param owner whose connections may be used
   * @param handOver awaited once the server is ready for the body (354) and before its first byte leaves; if it
   *   rejects, nothing of the body is sent
   * @throws SmtpFault, which `judgeFailure` reads
   */
  send(
    owner: string,
    account: SendingAccount,
    envelope: Envelope,
    raw: Buffer,
    handOver?: () => Promise<void>,
  ): Promise<Accepted>;
  /** Connects and logs in, and sends nothing. @returns why that cannot be done, in a sentence; undefined when it can */
  verify(account: SendingAccount): Promise<string | undefined>;
  /** Ends an account's idle connections. */
  closeIdle(owner: string): void;
  close(): void;
}

export function openTransport(ctx: Needs<'config' | 'clock'>): Transport {
  const freeList = openFreeList(ctx);

  /** A reply that refuses this mail leaves the connection good for the next, once the server has forgotten this one. */
  function recycle(owner: string, account: SendingAccount, connection: Connection): void {
    if (connection.ended) return;
    const late = ctx.clock.after(ctx.config.smtpReplyTimeoutSeconds * 1000, () => cut(connection));
    connection.onEnd = late;
    connection.smtp.reset((failure) => {
      late();
      if (failure) cut(connection);
      else freeList.giveBack(owner, account, connection);
    });
  }

  return {
    async send(owner, account, envelope, raw, handOver) {
      for (let fresh = false; ; fresh = true) {
        const { connection, reused } = await freeList.take(owner, account, fresh);
        const heard = connection.heard();
        try {
          const accepted = await transact(ctx, connection, envelope, raw, handOver);
          connection.mails += 1;
          freeList.giveBack(owner, account, connection);
          return accepted;
        } catch (fault) {
          recycle(owner, account, connection);
          // A server may close a connection while nobody uses it, and is heard of it, or not, only now.
          const closed = connection.ended && (connection.heard() === heard || wasClosing(fault));
          if (!(reused && closed)) throw fault;
        }
      }
    },
    verify: (account) => verifyAccount(ctx, account),
    closeIdle: freeList.drop,
    close: freeList.dropAll,
  };
}

/** 421 before anything was asked of it: the goodbye of a server that was left waiting too long. */
function wasClosing(fault: unknown): boolean {
  return fault instanceof SmtpFault && fault.facts.step === 'sender' && /^421/.test(fault.facts.reply ?? '');
}
