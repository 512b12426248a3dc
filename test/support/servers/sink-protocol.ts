// How the SMTP sink speaks: capabilities, certificate, and what it reads off a session.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { SMTPServerOptions, SMTPServerSession } from 'smtp-server';
import type { Envelope, SinkSession } from './received-message.js';

export interface SinkProtocol {
  /** Demands AUTH with these; without it AUTH is not offered. */
  auth?: { user: string; pass: string };
  /** The ways to log in that it offers; absent: PLAIN and LOGIN. */
  mechanisms?: string[];
  tls?: 'none' | 'starttls' | 'implicit';
  /** `untrusted` is signed by nobody; both name localhost and 127.0.0.1. */
  certificate?: 'trusted' | 'untrusted';
  /** Largest message in bytes, announced with SIZE; a larger one is answered with 552. */
  size?: number;
  /** Default true. */
  smtpUtf8?: boolean;
}

const NEVER_MS = 24 * 3600 * 1000;
const DEFAULT_SIZE_BYTES = 100 * 1024 * 1024;

export function smtpServerOptions(protocol: SinkProtocol): SMTPServerOptions {
  const { auth, tls = 'none', certificate = 'trusted', size = DEFAULT_SIZE_BYTES } = protocol;
  const { smtpUtf8 = true } = protocol;
  return {
    name: 'sink.test',
    size,
    rejectOversized: true,
    hideSMTPUTF8: !smtpUtf8,
    secure: tls === 'implicit',
    ...(tls === 'none' ? {} : keyPair(certificate)),
    disabledCommands: [...(auth ? [] : ['AUTH']), ...(tls === 'starttls' ? [] : ['STARTTLS'])],
    authOptional: !auth,
    ...(protocol.mechanisms && { authMethods: protocol.mechanisms }),
    allowInsecureAuth: tls === 'none',
    disableReverseLookup: true,
    socketTimeout: NEVER_MS, // only a test decides how long a hang lasts
    logger: false,
  };
}

export function sinkSession({
  id,
  secure,
  user,
  servername,
  hostNameAppearsAs,
}: SMTPServerSession): SinkSession {
  return {
    id,
    secure,
    ...(user ? { user: String(user) } : {}),
    ...(hostNameAppearsAs ? { clientName: hostNameAppearsAs } : {}),
    ...(servername ? { tlsServername: servername } : {}),
  };
}

export function envelopeOf(session: SMTPServerSession): Envelope {
  const { mailFrom, rcptTo } = session.envelope;
  return {
    mailFrom: mailFrom ? mailFrom.address : '',
    rcptTo: rcptTo.map(({ address }) => address),
    session: sinkSession(session),
  };
}

/** A file of test/fixtures/tls. */
export function certificatePath(name: string): string {
  return fileURLToPath(new URL(`../../fixtures/tls/${name}`, import.meta.url));
}

function keyPair(certificate: 'trusted' | 'untrusted'): { key: Buffer; cert: Buffer } {
  const name = certificate === 'trusted' ? 'server' : 'untrusted';
  return {
    key: readFileSync(certificatePath(`${name}-key.pem`)),
    cert: readFileSync(certificatePath(`${name}.pem`)),
  };
}
