// The far side: an SMTP server that takes every address but two, and the application that gets the reports.

import { randomBytes } from 'node:crypto';
import { login } from '../test/support/mail-servers/dovecot.js';
import { type ImapServer, startImap } from '../test/support/mail-servers/imap.js';
import { hasDovecotImap } from '../test/support/mail-servers/programs.js';
import { type AppCall, startReportApp } from '../test/support/servers/report-app.js';
import { startSmtpSink } from '../test/support/servers/smtp-sink.js';
import { refusalOf } from './mails.js';
import type { Entry } from './timeline.js';
import type { Witnesses } from './watch.js';

export type Receivers = Witnesses & {
  server: { host: string; port: number };
  /** The application expects `token` as Bearer and answers 401 to anything else. */
  application: { url: string; token: string };
  /** Where mails come back to; undefined where Dovecot is missing. */
  mailbox: ImapServer | undefined;
  /** Resolves to no faults. */
  stop(): Promise<string[]>;
};

export async function startReceivers(): Promise<Receivers> {
  const offered = new Map<string, number>();
  const sink = await startSmtpSink({
    onRcpt: (address, attempt) => {
      offered.set(address, attempt);
      const refusal = refusalOf(address);
      if (refusal === 'always') return { code: 550, message: '5.1.1 No such mailbox' };
      if (refusal === 'first' && attempt === 1) return { code: 451, message: '4.7.1 Greylisted, try again' };
      return undefined;
    },
  });
  const token = randomBytes(24).toString('base64url');
  const known = (call: AppCall) => call.headers.authorization === `Bearer ${token}`;
  const app = await startReportApp({ answer: (call) => (known(call) ? undefined : { status: 401 }) });
  const mailbox = hasDovecotImap ? await startImap() : undefined;
  await mailbox?.fill(login.user, []);
  return {
    mailbox,
    server: { host: sink.host, port: sink.port },
    application: { url: app.url, token },
    arrivals: () =>
      sink.messages.map(({ id = '(without X-Genro-Mail-ID)', receivedAt, mailFrom, rcptTo, raw }) => ({
        at: receivedAt,
        id,
        sender: mailFrom,
        recipients: rcptTo,
        raw,
      })),
    entries: () => app.calls.filter(known).flatMap(reportedEntries),
    rcptAttempts: (address) => offered.get(address) ?? 0,
    stop: async () => {
      await Promise.all([sink.stop(), app.stop(), mailbox?.stop()]);
      return [];
    },
  };
}

function reportedEntries({ body, receivedAt }: AppCall): Entry[] {
  const { delivery_report: entries } = (body ?? {}) as { delivery_report?: Omit<Entry, 'at'>[] };
  return (entries ?? []).map((entry) => ({ ...entry, at: receivedAt }));
}
