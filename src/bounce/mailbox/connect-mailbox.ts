// Opens a mailbox over IMAP, in bounded time, and for a tenant's server only where the guard allows it.
import type { LookupFunction } from 'node:net';
import type { ImapFlow } from 'imapflow';
import { checkDestination, guardLookup } from '../../dial/guard.js';
import type { Mailbox } from '../../store/bounce-mailboxes/find-mailbox.js';
import type { Needs } from '../../store/context.js';
import { mostBytesRead } from '../parse/parse-bounce.js';
import { MailboxFault } from './mailbox-fault.js';

export interface Connection {
  client: ImapFlow;
  /** Resolves when the connection has ended. */
  ended: Promise<void>;
  /** Runs a command. A server that does not answer in time loses the connection; `goesOn` gives it more time. */
  ask<T>(command: (goesOn: () => void) => Promise<T>): Promise<T>;
}

export type ConnectNeeds = Needs<'config' | 'clock'> & { lookup: LookupFunction };

const connectMs = 30_000;
/** For each command, and each mail that is fetched. */
const answerMs = 60_000;
const lastWordsMs = 2000;
/** Silence of a server that is being waited for; a wait ends sooner. */
const silenceMs = 900_000;
/** The list of a million UIDs takes 8 MB. A server that a tenant named may say less, half a million. */
const longestLine = 16 * 1024 * 1024;
const longestLineOfTenant = 4 * 1024 * 1024;

/**
 * @param stop ends the connection after a moment, in which the page under way may be finished
 * @throws what imapflow and the dialler throw
 */
export async function connectMailbox(
  ctx: ConnectNeeds,
  mailbox: Mailbox,
  password: string,
  stop: AbortSignal,
): Promise<Connection> {
  const client = await openClient(ctx, mailbox, password);
  // What ends the connection fails the command under way, too.
  client.on('error', () => {});
  const ended = new Promise<void>((resolve) => client.once('close', resolve));
  const endSoon = () => ctx.clock.after(lastWordsMs, () => client.close());
  if (stop.aborted) endSoon();
  else stop.addEventListener('abort', endSoon, { once: true });
  const connection: Connection = { client, ended, ask: (command) => askInTime(ctx, client, command) };
  try {
    await connection.ask(() => client.connect());
    return connection;
  } catch (error) {
    client.close();
    throw error;
  }
}

/** @throws DestinationRefused */
async function openClient(ctx: ConnectNeeds, mailbox: Mailbox, password: string): Promise<ImapFlow> {
  const { host, port, isTrusted, tls, user } = mailbox;
  const longest = isTrusted ? longestLine : longestLineOfTenant;
  if (user === '') throw new MailboxFault('login_refused', 'imap_user is not set');
  checkDestination(ctx, { protocol: 'imap', host, port, isTrusted });
  // Loaded when it is used: with its tables of character sets it would be a sixth of every start.
  const { ImapFlow: Client } = await import('imapflow');
  return new Client({
    host,
    port,
    secure: tls === 'implicit',
    ...(tls !== 'implicit' && { doSTARTTLS: tls === 'starttls' }),
    auth: { user, pass: password },
    // Named for TLS, these are the options of every connection that imapflow opens.
    tls: { lookup: isTrusted ? ctx.lookup : guardLookup(ctx, ctx.lookup) },
    logger: false,
    clientInfo: { name: 'mail-proxy' },
    disableAutoIdle: true,
    disableCompression: true,
    connectionTimeout: connectMs,
    greetingTimeout: connectMs,
    socketTimeout: silenceMs,
    maxIdleTime: silenceMs,
    maxLineLength: longest,
    maxLiteralSize: 2 * mostBytesRead,
    maxResponseSize: 2 * longest,
  });
}

async function askInTime<T>(
  ctx: ConnectNeeds,
  client: ImapFlow,
  command: (goesOn: () => void) => Promise<T>,
): Promise<T> {
  let late = false;
  const start = () =>
    ctx.clock.after(answerMs, () => {
      late = true;
      client.close();
    });
  let cancel = start();
  try {
    return await command(() => {
      cancel();
      cancel = start();
    });
  } catch (error) {
    throw late ? new MailboxFault('lost', 'The server did not answer within a minute') : error;
  } finally {
    cancel();
  }
}
