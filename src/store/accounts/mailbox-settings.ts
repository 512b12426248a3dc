// The settings of an account's own mailbox for bounces, and whether its password may stay when they change.
import type { AfterReading } from '../../domain/bounce/mailbox.js';
import { sealGiven } from '../../hidden-secret.js';
import type { Needs } from '../context.js';
import type { Account } from '../generated/sqlite/client.js';
import { checkSecret, type SecretNeeded } from '../secrets/keep-secret.js';
import { placeOf, sealedSecrets } from '../secrets/sealed-secrets.js';

/** Null clears a setting or restores its default; undefined leaves it alone. */
export interface MailboxSettings {
  /** Without it there is no mailbox. */
  imap_host?: string | null | undefined;
  imap_port?: number | null | undefined;
  imap_user?: string | null | undefined;
  imap_password?: string | null | undefined;
  imap_folder?: string | null | undefined;
  imap_tls?: boolean | null | undefined;
  imap_poll_interval?: number | null | undefined;
  imap_after_reading?: AfterReading | null | undefined;
  imap_move_folder?: string | null | undefined;
}

const defaults = {
  imapPort: 993,
  imapFolder: 'INBOX',
  imapTls: true,
  imapPollInterval: 60,
  imapAfterReading: 'leave',
  imapMoveFolder: 'Bounces',
};

/** What replacing an account puts in place of settings that are left out. */
export const clearedMailbox: MailboxSettings = {
  imap_host: null,
  imap_port: null,
  imap_user: null,
  imap_password: null,
  imap_folder: null,
  imap_tls: null,
  imap_poll_interval: null,
  imap_after_reading: null,
  imap_move_folder: null,
};

/** Undefined when the change is allowed. */
export function checkMailbox(before: Account, settings: MailboxSettings): SecretNeeded | undefined {
  const given = mailboxColumns(settings, false);
  const after = { ...before, ...withoutUndefined(given) };
  // A password without a server is sent nowhere, and the next server needs it again.
  if (after.imapHost === null) return undefined;
  return checkSecret(sealedSecrets.accountImapPassword, ['imap_password'], {
    isStored: before.imapPassword !== null,
    given: settings.imap_password,
    before: destinationOf(before),
    after: destinationOf(after),
  });
}

function destinationOf({ imapHost, imapPort, imapUser, imapTls }: Account) {
  return { imap_host: imapHost, imap_port: imapPort, imap_user: imapUser, imap_tls: imapTls };
}

export function sealedMailboxPassword(
  ctx: Needs<'secrets'>,
  [tenantId, id]: [string, string],
  { imap_password }: MailboxSettings,
): string | null | undefined {
  return sealGiven(ctx, imap_password, placeOf(sealedSecrets.accountImapPassword, tenantId, id));
}

/** All but the password. @param isAdmin whether the admin sets them, so that a server which they name is trusted */
export function mailboxColumns(settings: MailboxSettings, isAdmin: boolean) {
  const { imap_host, imap_port, imap_folder, imap_tls, imap_poll_interval } = settings;
  const { imap_after_reading, imap_move_folder, imap_user } = settings;
  const orDefault = <T>(given: T | null | undefined, fallback: T) => (given === null ? fallback : given);
  const imapPort = orDefault(imap_port, defaults.imapPort);
  return {
    imapHost: imap_host,
    imapPort,
    adminImapHost: isAdmin ? imap_host : undefined,
    adminImapPort: isAdmin ? imapPort : undefined,
    imapUser: imap_user === '' ? null : imap_user,
    imapFolder: orDefault(imap_folder, defaults.imapFolder),
    imapTls: orDefault(imap_tls, defaults.imapTls),
    imapPollInterval: orDefault(imap_poll_interval, defaults.imapPollInterval),
    imapAfterReading: orDefault<string>(imap_after_reading, defaults.imapAfterReading),
    imapMoveFolder: orDefault(imap_move_folder, defaults.imapMoveFolder),
  };
}

function withoutUndefined<T extends object>(given: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as never;
}

/** As clients see them; all null without a mailbox. */
export function shownMailbox(account: Account) {
  const isSet = account.imapHost !== null;
  const ifSet = <T>(value: T) => (isSet ? value : null);
  return {
    imap_host: account.imapHost,
    imap_port: ifSet(account.imapPort),
    imap_user: account.imapUser,
    imap_password: account.imapPassword === null ? null : ('***' as const),
    imap_folder: ifSet(account.imapFolder),
    imap_tls: ifSet(account.imapTls),
    imap_poll_interval: ifSet(account.imapPollInterval),
    imap_after_reading: ifSet(account.imapAfterReading as AfterReading),
    imap_move_folder: ifSet(account.imapMoveFolder),
  };
}
