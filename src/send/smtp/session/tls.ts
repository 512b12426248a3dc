// Says how a connection to a mail server is encrypted: as its account asks for, and as it came to be.
import { TLSSocket } from 'node:tls';
import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { SendingAccount } from '../../../store/accounts/sending-accounts.js';

/** Without `useTls`, port 465 means implicit TLS, and other ports use STARTTLS where the server offers it (contract section 6). */
export function tlsOptions({ port, useTls }: SendingAccount): {
  secure: boolean;
  requireTLS?: true;
  ignoreTLS?: true;
} {
  if (useTls === false) return { secure: false, ignoreTLS: true };
  if (port === 465) return { secure: true };
  return useTls ? { secure: false, requireTLS: true } : { secure: false };
}

/** Undefined: not at all. */
export function tlsVersion({ _socket }: SMTPConnection): string | undefined {
  return _socket instanceof TLSSocket ? (_socket.getProtocol() ?? undefined) : undefined;
}
