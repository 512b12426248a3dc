// Hands mails to SMTP servers over connections that stay open between mails. Owners never share a connection.

import type { LookupFunction } from 'node:net';
import type { Needs } from '../../context.js';
import { openDnsLookup } from '../../dial/dns-lookup.js';
import type { ConnectionLedger } from '../../store/accounts/connection-ledger.js';
import type { SendingAccount } from '../../store/accounts/sending-accounts.js';
import type { Accepted, Content, Envelope } from '../mime/envelope.js';
import { openConnectionPool } from './pool/connection-pool.js';
import { sendInParts } from './send-in-parts.js';
import { sendOnce } from './send-once.js';
import { readMachineName } from './session/client-name.js';
import { roomOf } from './share/connection-share.js';
import { ownLedger } from './share/own-ledger.js';
import { learnRecipients, recipientsAtOnce } from './share/recipients-at-once.js';
import type { Transcript } from './transcript/transcript.js';
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
  /** Is given what is said, where the account keeps transcripts. */
  transcript?: Transcript | undefined;
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

  return {
    async send(owner, account, envelope, mail, options = {}) {
      const { beforeBody, isSingle = false, transcript } = options;
      const send = (to: string[], isFresh: boolean) =>
        sendOnce(ctx, { pool, owner, account }, { ...envelope, to }, mail, {
          beforeBody,
          isFresh,
          transcript,
        });
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
