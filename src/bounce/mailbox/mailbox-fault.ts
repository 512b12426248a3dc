// Says in a sentence why a mailbox could not be read, without its password, and how long to wait before the next try.

import { refusalOf } from '../../dial/guard.js';
import type { MailboxFaultKind } from '../../domain/bounce/mailbox.js';
import { isFault, reasonOf } from '../../errors.js';

export class MailboxFault extends Error {
  readonly kind: MailboxFaultKind;

  constructor(kind: MailboxFaultKind, sentence: string) {
    super(sentence);
    this.name = 'MailboxFault';
    this.kind = kind;
  }
}

const mostCharacters = 500;
const firstPauseMs = 2000;
const longestPauseMs = 300_000;
/** Servers lock users out who try a wrong password often. */
const firstPauseAfterLoginMs = 60_000;
const longestPauseAfterLoginMs = 3_600_000;

/** @param failures without a success in between, this one included */
export function pauseMs(kind: MailboxFaultKind, failures: number): number {
  const [first, longest] =
    kind === 'login_refused'
      ? [firstPauseAfterLoginMs, longestPauseAfterLoginMs]
      : [firstPauseMs, longestPauseMs];
  return Math.min(first * 2 ** Math.min(failures - 1, 20), longest);
}

/** What imapflow, TLS and the system say of a fault. */
interface Told {
  code?: string;
  authenticationFailed?: boolean;
  mailboxMissing?: boolean;
  tlsFailed?: boolean;
  responseText?: string;
}

const ofNetwork = /^(?:E[A-Z]+|CONNECT_TIMEOUT|GREETING_TIMEOUT)$/;
const ofTls = /^(?:ERR_TLS_|ERR_SSL_|CERT_|DEPTH_|SELF_SIGNED|UNABLE_TO_|ERR_OSSL|UPGRADE_TIMEOUT|STARTTLS_)/;

/** @param password is removed from what the server said */
export function toMailboxFault(error: unknown, password: string): MailboxFault {
  if (error instanceof MailboxFault) return error;
  if (isFault(error, 'wrong_encryption_key')) {
    return new MailboxFault(
      'other',
      'The stored password cannot be decrypted with GMP_ENCRYPTION_KEY; set imap_password again',
    );
  }
  const told: Told = typeof error === 'object' && error !== null ? error : {};
  const code = told.code ?? '';
  const refusal = refusalOf(code);
  if (refusal !== undefined) return new MailboxFault('unreachable', refusal);
  const said = clean(told.responseText || reasonOf(error), password);
  if (told.authenticationFailed) return new MailboxFault('login_refused', `The login was refused: ${said}`);
  if (told.mailboxMissing) return new MailboxFault('folder_missing', `The folder is not there: ${said}`);
  if (told.tlsFailed || ofTls.test(code)) return new MailboxFault('tls', `TLS failed: ${said}`);
  if (code === 'ETIMEOUT' || code === 'EConnectionClosed' || code === 'NoConnection') {
    return new MailboxFault('lost', `The connection was lost: ${said}`);
  }
  if (ofNetwork.test(code)) return new MailboxFault('unreachable', `No connection: ${said}`);
  return new MailboxFault('other', said);
}

function clean(text: string, password: string): string {
  const line = text.replace(/[\p{Cc}\s]+/gu, ' ').trim();
  const hidden = password === '' ? line : line.replaceAll(password, '***');
  return hidden.slice(0, mostCharacters);
}
