// Hands mails to SMTP servers over connections that are kept open between mails, per account and never shared.
import { isAscii } from 'node:buffer';
import { hostname } from 'node:os';
import type { Duplex, Readable } from 'node:stream';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { Needs } from '../context.js';
import type { SendingAccount } from '../store/accounts.js';

export interface Envelope {
  /** Empty: the null sender. */
  from: string;
  to: string[];
}

/** What the server said to a mail it took. */
export interface Accepted {
  response: string;
  /** One for each recipient of the envelope, in its order; `error` where this one was refused all the same. */
  recipients: { address: string; error?: unknown }[];
}

export interface Transport {
  /**
   * One SMTP transaction.
   * @param owner whose connections may be used
   * @param handOver awaited once the server is ready for the body (354) and before its first byte leaves; if it
   *   rejects, nothing of the body is sent
   * @throws what nodemailer throws, with `code`, `responseCode` and `response`, and `bodyLeft` where the whole body
   *   may have reached the server; `judgeFailure` reads them
   */
  send(
    owner: string,
    account: SendingAccount,
    envelope: Envelope,
    raw: Buffer,
    handOver?: () => Promise<void>,
  ): Promise<Accepted>;
  /** Connects and logs in, and sends nothing. @throws as `send` */
  verify(account: SendingAccount): Promise<void>;
  /** Ends an account's idle connections. */
  closeIdle(owner: string): void;
  close(): void;
}

interface Connection {
  smtp: SMTPConnection;
  version: string;
  openedAt: number;
  mails: number;
  /** Whether the server takes addresses beyond ASCII (SMTPUTF8, RFC 6531). */
  takesUtf8: boolean;
  /** Set once the connection has failed or ended: it is not used again. */
  ended: boolean;
}

export function openTransport(ctx: Needs<'config' | 'clock'>): Transport {
  const idle = new Map<string, Connection[]>();

  function takeIdle(owner: string, account: SendingAccount): Connection | undefined {
    const list = idle.get(owner) ?? [];
    for (let found = list.pop(); found; found = list.pop()) {
      if (usable(found, account)) return found;
      found.smtp.quit();
    }
    return undefined;
  }

  function usable(connection: Connection, account: SendingAccount): boolean {
    const age = ctx.clock.now() - connection.openedAt;
    const full = account.batchSize !== undefined && connection.mails >= account.batchSize;
    return !connection.ended && connection.version === account.version && age < account.ttl * 1000 && !full;
  }

  function keep(owner: string, account: SendingAccount, connection: Connection): void {
    const list = idle.get(owner);
    if (!usable(connection, account)) connection.smtp.quit();
    else if (list) list.push(connection);
    else idle.set(owner, [connection]);
  }

  /** A reply that refuses this mail leaves the connection good for the next; 421 announces its end (RFC 5321 section 3.8). */
  function recycle(owner: string, account: SendingAccount, connection: Connection, error: unknown): void {
    const code = error instanceof Error && 'responseCode' in error ? error.responseCode : undefined;
    if (connection.ended || code === undefined || code === 421) {
      connection.ended = true;
      connection.smtp.close();
      return;
    }
    connection.smtp.reset((failure) => {
      if (failure) connection.smtp.close();
      else keep(owner, account, connection);
    });
  }

  function closeIdle(owner: string): void {
    for (const { smtp } of idle.get(owner) ?? []) smtp.quit();
    idle.delete(owner);
  }

  return {
    async send(owner, account, envelope, raw, handOver) {
      const connection = takeIdle(owner, account) ?? (await open(ctx, account));
      try {
        const accepted = await transact(connection, envelope, raw, handOver);
        connection.mails += 1;
        keep(owner, account, connection);
        return accepted;
      } catch (error) {
        recycle(owner, account, connection, error);
        throw error;
      }
    },
    async verify(account) {
      (await open(ctx, account)).smtp.quit();
    },
    closeIdle,
    close() {
      for (const owner of [...idle.keys()]) closeIdle(owner);
    },
  };
}

async function open(ctx: Needs<'config' | 'clock'>, account: SendingAccount): Promise<Connection> {
  const smtp = new SMTPConnection({
    host: account.host,
    port: account.port,
    name: hostname(),
    ...tlsOptions(account),
    connectionTimeout: ctx.config.smtpConnectTimeoutSeconds * 1000,
    greetingTimeout: ctx.config.smtpConnectTimeoutSeconds * 1000,
    socketTimeout: ctx.config.smtpReplyTimeoutSeconds * 1000,
    maxResponseSize: 64 * 1024,
  });
  const connection: Connection = {
    smtp,
    version: account.version,
    openedAt: ctx.clock.now(),
    mails: 0,
    takesUtf8: false,
    ended: false,
  };
  await new Promise<void>((resolve, reject) => {
    smtp.on('error', (error) => {
      connection.ended = true;
      reject(error);
    });
    smtp.once('end', () => {
      connection.ended = true;
      reject(Object.assign(new Error('Connection closed'), { code: 'ECONNECTION' }));
    });
    smtp.connect((error) => {
      if (error) return reject(error);
      // At this point the last thing it said is its answer to EHLO, the second one where TLS came between.
      connection.takesUtf8 = /^250[ -]SMTPUTF8\b/im.test(smtp.lastServerResponse || '');
      if (account.user === undefined) return resolve();
      logIn(smtp, account.user, account.password ?? '').then(resolve, reject);
    });
  }).catch((error: unknown) => {
    smtp.close();
    throw error;
  });
  return connection;
}

/** Credentials are never sent to a server that did not ask for them. */
function logIn(smtp: SMTPConnection, user: string, pass: string): Promise<void> {
  if (!smtp.allowsAuth) {
    const message = 'The account has a user, but the server does not offer authentication';
    return Promise.reject(Object.assign(new Error(message), { code: 'EAUTH' }));
  }
  return new Promise((resolve, reject) => {
    smtp.login({ user, pass }, (error) => (error ? reject(error) : resolve()));
  });
}

/** Contract section 6: absent means implicit TLS on 465 and STARTTLS where it is offered elsewhere. */
function tlsOptions({ port, useTls }: SendingAccount): {
  secure: boolean;
  requireTLS?: true;
  ignoreTLS?: true;
} {
  if (useTls === false) return { secure: false, ignoreTLS: true };
  if (port === 465) return { secure: true };
  return useTls ? { secure: false, requireTLS: true } : { secure: false };
}

const notTaken = 'The server does not take addresses beyond ASCII (SMTPUTF8, RFC 6531)';

/** An address that the server has no way to take is refused here, and the others get the mail. */
async function transact(
  { smtp, takesUtf8 }: Connection,
  envelope: Envelope,
  raw: Buffer,
  handOver?: () => Promise<void>,
): Promise<Accepted> {
  const { from } = envelope;
  const isTaken = (address: string) => takesUtf8 || isAscii(Buffer.from(address));
  const to = [...new Set(envelope.to.filter(isTaken))];
  if (to.length === 0 || !isTaken(from)) {
    throw Object.assign(new Error(notTaken), { code: 'EENVELOPE' });
  }
  const body = bodyOf(raw, handOver);
  const info = await new Promise<SMTPConnection.SentMessageInfo>((resolve, reject) => {
    body.failed = reject;
    const sent = { from: from === '' ? false : from, to, size: raw.length } as const;
    // What nodemailer asks of a stream is `pipe`; a Readable would cost every mail a few streams more.
    smtp.send(sent, body as unknown as Readable, (error, answer) => {
      if (answer !== undefined && !error) resolve(answer);
      else reject(Object.assign(error ?? new Error('No answer'), { bodyLeft: body.left() }));
    });
  });
  const refused = new Map((info.rejectedErrors ?? []).map((error, n) => [info.rejected[n], error]));
  const replies = envelope.to.map((address) => {
    const error = isTaken(address) ? refused.get(address) : new Error(notTaken);
    return { address, ...(error && { error }) };
  });
  return { response: info.response, recipients: replies };
}

/** The mail as nodemailer wants it: asked for once the server is ready to take it. */
function bodyOf(raw: Buffer, handOver?: () => Promise<void>) {
  let into: Duplex | undefined;
  function write(): void {
    into?.write(raw);
    into?.end();
  }
  const body = {
    failed: (_error: unknown): void => {},
    pipe(target: Duplex): void {
      into = target;
      if (handOver === undefined) write();
      else handOver().then(write, (error: unknown) => body.failed(error));
    },
    /** Whether the last byte may have left. */
    left: () =>
      into !== undefined && (into.readableEnded || (into.writableFinished && into.readableLength === 0)),
  };
  return body;
}
