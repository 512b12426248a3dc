// Opens a connection to an account's server and logs in, in bounded time, so that it is ready for a mail.
import type { LookupFunction, Socket } from 'node:net';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { Needs } from '../../context.js';
import { connectTo } from '../../dial/connect.js';
import type { SendingAccount } from '../../store/accounts/sending-accounts.js';
import { noGreeting, SmtpFault, type Step, toFault, unencrypted } from '../judge/fault.js';
import { type Hide, hideCredentials } from './hide-credentials.js';
import { boundReplies } from './session/bound-replies.js';
import { clientName } from './session/client-name.js';
import { requireExactReplies } from './session/exact-replies.js';
import { logIn } from './session/log-in.js';
import { quickenQueues } from './session/quick-queues.js';
import { tlsOptions, tlsVersion } from './session/tls.js';
import { type Conversation, openConversation } from './transcript/conversation.js';

export interface Connection {
  smtp: SMTPConnection;
  /** The version of the account that the connection was opened for. */
  version: string;
  /** Milliseconds since the epoch. */
  openedAt: number;
  /** How many mails the connection has carried. */
  mails: number;
  /** Whether the server takes addresses beyond ASCII (SMTPUTF8, RFC 6531). */
  takesUtf8: boolean;
  /** The largest mail that the server takes, in bytes (SIZE, RFC 1870); undefined where it names none. */
  maxBytes: number | undefined;
  /** Whether the connection has failed or ended, so that it must not be used again. */
  ended: boolean;
  /** Whether the server has said something that casts doubt on the session: it carries no further mail. */
  isInQuestion: boolean;
  /** How many chunks with a complete line the server has sent so far. */
  heard(): number;
  /** Removes the account's credentials from a text. */
  hide: Hide;
  /** Undefined: the account keeps no transcripts. */
  conversation: Conversation | undefined;
  /** Called when the connection fails or ends; set by its present user. */
  onEnd: (error: unknown) => void;
}

/** The final reply may take this many times as long as any other (RFC 5321 section 4.5.3.2: 10 and 2 to 5 minutes). */
export const patienceAfterBody = 5;

/** How long a server has to answer QUIT. */
const quitMs = 5000;

export interface ConnectionNeeds extends Needs<'config' | 'clock'> {
  /** Looks up the hosts of servers. */
  lookup: LookupFunction;
  /** The machine's fully qualified name; undefined where it has none. */
  machineName: string | undefined;
}

/** @throws SmtpFault of the step `connect` or `login` */
export async function openConnection(ctx: ConnectionNeeds, account: SendingAccount): Promise<Connection> {
  const connectMs = ctx.config.smtpConnectTimeoutSeconds * 1000;
  const until = ctx.clock.monotonic() + connectMs;
  const socket = await reach(ctx, account, connectMs);
  const leftMs = Math.max(until - ctx.clock.monotonic(), 1);
  const connection = converse(ctx, account, socket, leftMs);
  try {
    await makeReady(ctx, account, connection, { connectMs, leftMs });
  } catch (fault) {
    const said = connection.conversation?.take();
    throw said !== undefined && fault instanceof SmtpFault ? fault.withSaid(said) : fault;
  }
  connection.conversation?.opened();
  return connection;
}

/** Waits for the greeting and logs in. */
async function makeReady(
  ctx: ConnectionNeeds,
  account: SendingAccount,
  connection: Connection,
  { connectMs, leftMs }: { connectMs: number; leftMs: number },
): Promise<void> {
  const { smtp } = connection;
  const notReady = () =>
    connection.heard() === 0 && !smtp.secureConnection
      ? lateFault('connect', 'sent no greeting', connectMs, noGreeting)
      : lateFault('connect', 'was not ready', connectMs);
  await within(ctx, connection, 'connect', { ms: leftMs, late: notReady }, (done) =>
    smtp.connect((error) => done(error)),
  );
  readExtensions(connection, smtp.lastServerResponse || '');
  const { user, password } = account;
  if (user === undefined) return;
  const replyMs = ctx.config.smtpReplyTimeoutSeconds * 1000;
  const silent = () => lateFault('login', 'did not answer the login', replyMs);
  await within(ctx, connection, 'login', { ms: replyMs, late: silent }, (done) => {
    // Credentials are never sent to a server that did not ask for them.
    if (!smtp.allowsAuth) done(noAuthentication());
    else if (!maySendPassword(account, smtp.secure)) done(noEncryption());
    else if (!password) done(noPassword());
    else logIn(smtp, { user, password }).then(() => done(), done);
  });
}

/** Connects to the account's server, if the guard allows it. */
async function reach(ctx: ConnectionNeeds, account: SendingAccount, ms: number): Promise<Socket> {
  const { host, port, isTrusted } = account;
  const cut = new AbortController();
  const stop = ctx.clock.after(ms, () => cut.abort(lateFault('connect', 'was not ready', ms)));
  try {
    const destination = { protocol: 'smtp', host, port, isTrusted } as const;
    return await connectTo(ctx, ctx.lookup, destination, { ms, cut: cut.signal });
  } catch (error) {
    throw toFault(error, 'connect', hideCredentials(account.user, account.password));
  } finally {
    stop();
  }
}

/** Has nodemailer speak SMTP over the socket. */
function converse(
  ctx: ConnectionNeeds,
  account: SendingAccount,
  socket: Socket,
  connectMs: number,
): Connection {
  const hide = hideCredentials(account.user, account.password);
  const conversation = account.keepTranscripts ? openConversation(hide, () => tlsVersion(smtp)) : undefined;
  const smtp: SMTPConnection = new SMTPConnection({
    connection: socket,
    host: account.host,
    port: account.port,
    name: clientName(ctx, account.ehloName, socket.localAddress),
    ...tlsOptions(account),
    // Safety nets: the deadline of each step is shorter.
    connectionTimeout: connectMs + 1000,
    greetingTimeout: connectMs + 1000,
    socketTimeout: 2 * patienceAfterBody * ctx.config.smtpReplyTimeoutSeconds * 1000,
    // A server that has failed or said goodbye needs no time to read more.
    socketCloseTimeout: 0,
    maxResponseSize: 16 * 1024,
    ...(conversation && { logger: conversation.logger, transactionLog: true }),
  });
  conversation?.remark(`connected to ${account.host}:${account.port}`);
  const connection: Connection = {
    smtp,
    version: account.version,
    openedAt: ctx.clock.now(),
    mails: 0,
    takesUtf8: false,
    maxBytes: undefined,
    ended: false,
    isInQuestion: false,
    heard: boundReplies(smtp),
    hide,
    conversation,
    onEnd: () => {},
  };
  requireExactReplies(smtp);
  quickenQueues(smtp);
  smtp.on('error', (error) => {
    connection.ended = true;
    connection.onEnd(error);
  });
  smtp.once('end', () => {
    connection.ended = true;
    // If a reply is the reason, nodemailer emits that as an error right after this event, and a login rejects with it.
    setImmediate(() => connection.onEnd(new Error('The connection was closed')));
  });
  return connection;
}

/** Runs one step. A connection that fails in the step, or takes too long, is closed. */
export async function within(
  ctx: Needs<'clock'>,
  connection: Connection,
  step: Step,
  { ms, late }: { ms: number; late: () => SmtpFault },
  run: (done: (error?: unknown) => void) => void,
): Promise<void> {
  let stop = () => {};
  try {
    await new Promise<void>((resolve, reject) => {
      connection.onEnd = reject;
      stop = ctx.clock.after(ms, () => reject(late()));
      run((error) => (error ? reject(error) : resolve()));
    });
  } catch (error) {
    destroy(connection);
    throw toFault(error, step, connection.hide, connection.smtp.upgrading === true);
  } finally {
    stop();
    connection.onEnd = () => {};
  }
}

/** @param what the end of the sentence "The server ...", such as "did not reply to the mail" */
export function lateFault(step: Step, what: string, ms: number, code = 'ETIMEDOUT'): SmtpFault {
  return new SmtpFault(`Timeout: the server ${what} within ${ms / 1000} s`, {
    step,
    blame: 'network',
    code,
  });
}

function noAuthentication(): SmtpFault {
  const message = 'The account has a user, but the server does not offer authentication';
  return new SmtpFault(message, { step: 'login', blame: 'account' });
}

function noPassword(): SmtpFault {
  return new SmtpFault('The account has a user and no password', { step: 'login', blame: 'account' });
}

function noEncryption(): SmtpFault {
  return new SmtpFault(unencrypted.message, { step: 'login', blame: 'account', code: unencrypted.code });
}

/** A server, or somebody in between, that offers no STARTTLS does not get the password of an account that never said so. */
function maySendPassword({ password, useTls, allowPlaintext }: SendingAccount, isSecure: boolean): boolean {
  return isSecure || password === undefined || useTls === false || allowPlaintext;
}

/** @param answer to EHLO: the last reply before the login; after STARTTLS that to the second EHLO */
function readExtensions(connection: Connection, answer: string): void {
  connection.takesUtf8 = /^250[ -]SMTPUTF8\b/im.test(answer);
  const size = Number(/^250[ -]SIZE[ \t]+(\d+)/im.exec(answer)?.[1] ?? 0);
  // SIZE 0 means no fixed maximum.
  if (size > 0) connection.maxBytes = size;
}

/** Says QUIT and closes the connection, in bounded time. */
export function quit(ctx: Needs<'clock'>, connection: Connection): void {
  if (connection.ended) return;
  const stop = ctx.clock.after(quitMs, () => destroy(connection));
  connection.onEnd = stop;
  connection.ended = true;
  connection.smtp.quit();
}

/** Closes a connection at once. */
export function destroy(connection: Connection): void {
  connection.ended = true;
  connection.smtp.close();
}
