// Counts the mails that are read from mailboxes for bounces, and shows which mailboxes fail.
import { Counter, Gauge, type Registry } from 'prom-client';
import {
  type MailboxFaultKind,
  mailboxFaults,
  type RecordedAs,
  recordedAs,
} from '../domain/bounce/mailbox.js';

export interface MailboxMetrics {
  /** Counts a mail that is recorded. */
  mailRead(as: RecordedAs): void;
  /** Counts that a mailbox could not be read. */
  mailboxFailed(kind: MailboxFaultKind): void;
  /** @param mailboxes those that are to be read */
  show(mailboxes: MailboxHealth[]): void;
}

export interface MailboxHealth {
  /** Null: the installation's. */
  tenantId: string | null;
  accountId: string | null;
  isFailing: boolean;
  /** Milliseconds since it was last read to its end; undefined: it never was. */
  sinceReadMs: number | undefined;
}

const ofAll = 'The same in every process: take max(), not sum().';

export function openMailboxMetrics(register: Registry): MailboxMetrics {
  const registers = [register];
  const mails = new Counter({
    name: 'gmp_bounce_mails_read_total',
    help: 'Mails that this process read from mailboxes for bounces, by what they were recorded as: take sum().',
    labelNames: ['result'],
    registers,
  });
  const faults = new Counter({
    name: 'gmp_bounce_mailbox_faults_total',
    help: 'Times that this process could not read a mailbox for bounces, by reason: take sum().',
    labelNames: ['reason'],
    registers,
  });
  const labelNames = ['tenant_id', 'account_id'];
  const failing = new Gauge({
    name: 'gmp_bounce_mailbox_failing',
    help: `1 while a mailbox for bounces cannot be read; the labels of the installation's are empty. ${ofAll}`,
    labelNames,
    registers,
  });
  const age = new Gauge({
    name: 'gmp_bounce_mailbox_read_age_seconds',
    help: `Seconds since a mailbox for bounces was last read to its end. ${ofAll}`,
    labelNames,
    registers,
  });
  for (const result of recordedAs) mails.inc({ result }, 0);
  for (const reason of mailboxFaults) faults.inc({ reason }, 0);
  return {
    mailRead: (result) => mails.inc({ result }),
    mailboxFailed: (reason) => faults.inc({ reason }),
    show(mailboxes) {
      failing.reset();
      age.reset();
      for (const { tenantId, accountId, isFailing, sinceReadMs } of mailboxes) {
        const labels = { tenant_id: tenantId ?? '', account_id: accountId ?? '' };
        failing.set(labels, isFailing ? 1 : 0);
        if (sinceReadMs !== undefined) age.set(labels, sinceReadMs / 1000);
      }
    },
  };
}
