// A transport of its own for a test, as patient as it is told and with its timers counted, and accounts for it.
import { type Clock, systemClock } from '../../../src/clock.js';
import type { Config } from '../../../src/config.js';
import { judgeAcceptance, judgeFailure, type Outcome } from '../../../src/send/judge/judge-reply.js';
import type { Content } from '../../../src/send/mime/envelope.js';
import { openTransport, type Transport } from '../../../src/send/smtp/transport.js';
import type { SendingAccount } from '../../../src/store/accounts/sending-accounts.js';
import { silentLog } from './silent-log.js';

export interface TransportUnderTest extends Transport {
  /** Sends a mail and judges what came of it. */
  attempt(account: SendingAccount, mail?: Partial<Attempt>): Promise<Outcome>;
  /** Timers that have been set, and have neither rung nor been stopped. */
  timers(): number;
  /** From now on it is so much later by the wall clock; timers do not notice. */
  later(ms: number): void;
}

interface Attempt extends Content {
  owner: string;
  from: string;
  to: string[];
  beforeBody: () => Promise<void>;
  isSingle: boolean;
}

interface Settings {
  connect?: number;
  reply?: number;
  perAccount?: number;
  /** The name of the installation in EHLO, and the machine's own. */
  ehloName?: string;
  machineName?: string;
}

/**
 * @param settings seconds until a server is ready, and for each reply; sends that an account may have at once, here
 *   without one that is kept for immediate messages
 */
export function transportUnderTest({
  connect = 20,
  reply = 20,
  perAccount = 1,
  ...names
}: Settings = {}): TransportUnderTest {
  const { clock, timers, later } = countingClock();
  const config = {
    smtpConnectTimeoutSeconds: connect,
    smtpReplyTimeoutSeconds: reply,
    maxConcurrentPerAccount: perAccount,
    smtpEhloName: names.ehloName,
  } as Config;
  const transport = openTransport(
    { config, clock, log: silentLog },
    { readMachineName: () => names.machineName },
  );
  return {
    ...transport,
    timers,
    later,
    async attempt(account, { owner = 'owner', from = 'app@acme.test', to = ['ann@x.test'], ...mail } = {}) {
      const {
        raw = Buffer.from('Subject: x\r\n\r\nHello\r\n'),
        beforeBody,
        isSingle = false,
        ...forms
      } = mail;
      try {
        return judgeAcceptance(
          await transport.send(owner, account, { from, to }, { raw, ...forms }, { beforeBody, isSingle }),
        );
      } catch (error) {
        return judgeFailure(error);
      }
    },
  };
}

export function sendingAccount(fields: Partial<SendingAccount> & { port: number }): SendingAccount {
  return {
    host: '127.0.0.1',
    isTrusted: true,
    user: undefined,
    password: undefined,
    useTls: undefined,
    allowPlaintext: true,
    ehloName: undefined,
    returnPath: undefined,
    ttl: 300,
    batchSize: undefined,
    maxConnections: undefined,
    onInDoubt: 'resend',
    keepTranscripts: false,
    spreadMs: undefined,
    version: 'v1',
    ...fields,
  };
}

function countingClock(): { clock: Clock; timers: () => number; later: (ms: number) => void } {
  const pending = new Set<object>();
  let ahead = 0;
  const later = (ms: number) => {
    ahead += ms;
  };
  const clock: Clock = {
    ...systemClock,
    now: () => systemClock.now() + ahead,
    after(ms, task) {
      const mark = {};
      pending.add(mark);
      const stop = systemClock.after(ms, () => {
        pending.delete(mark);
        task();
      });
      return () => {
        pending.delete(mark);
        stop();
      };
    },
  };
  return { clock, timers: () => pending.size, later };
}
