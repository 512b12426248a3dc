// Reads a mailbox from the connection to its end: what waits, and while the server tells of new mail (IDLE), what comes.
import type { Mailbox } from '../../store/bounce-mailboxes/find-mailbox.js';
import type { Progress } from '../../store/bounce-mailboxes/lease.js';
import { noteState } from '../../store/bounce-mailboxes/progress.js';
import { isUnavailable } from '../../store/db/unavailable.js';
import { type Connection, type ConnectNeeds, connectMailbox } from './connect-mailbox.js';
import { toMailboxFault } from './mailbox-fault.js';
import { openFolder, type ReadNeeds, readFolder } from './read-folder.js';

export type MailboxNeeds = ConnectNeeds & ReadNeeds;

/** A server is not waited for longer, because a firewall may have forgotten the connection (RFC 2177: 29 minutes). */
const longestWaitMs = 300_000;

/**
 * Ends when it is stopped, or when all is read and the server has no IDLE.
 * @param progress is kept up to date
 * @param onRead is called with each page that is read, and each time that everything is
 * @throws MailboxFault, and the faults of the database
 */
export async function readMailbox(
  ctx: MailboxNeeds,
  mailbox: Mailbox,
  progress: Progress,
  stop: AbortSignal,
  onRead: () => void,
): Promise<void> {
  const { sealedPassword, passwordPlace } = mailbox;
  let password = '';
  let connection: Connection | undefined;
  try {
    if (sealedPassword !== null) password = ctx.secrets.open(sealedPassword, passwordPlace);
    connection = await connectMailbox(ctx, mailbox, password, stop);
    await converse(ctx, connection, mailbox, progress, { stop, onRead });
  } catch (error) {
    throw isUnavailable(error) ? error : toMailboxFault(error, password);
  } finally {
    connection?.client.close();
  }
}

async function converse(
  ctx: MailboxNeeds,
  connection: Connection,
  mailbox: Mailbox,
  progress: Progress,
  { stop, onRead }: { stop: AbortSignal; onRead: () => void },
): Promise<void> {
  const { client, ask } = connection;
  await openFolder(ctx, connection, mailbox, progress);
  const tellsOfMail = client.capabilities.has('IDLE');
  await noteState(ctx, mailbox.id, 'reading');
  while (!stop.aborted) {
    // Listens before it reads, so that no mail comes unnoticed between reading and waiting.
    const news = listen(connection);
    await readFolder(ctx, connection, mailbox, progress, { stop, onPage: onRead });
    if (stop.aborted) break;
    await noteState(ctx, mailbox.id, tellsOfMail ? 'watching' : 'waiting', true);
    onRead();
    if (!tellsOfMail) break;
    const waitMs = Math.min(mailbox.pollIntervalSeconds * 1000, longestWaitMs);
    await waitForNews(ctx, connection, news, waitMs, stop);
    // Also tells whether the connection is still there.
    await ask(() => client.noop());
  }
  if (client.usable) await ask(() => client.logout());
}

/** Resolves when the server tells of new mail. */
function listen({ client }: Connection): Promise<void> {
  return new Promise((resolve) => client.once('exists', () => resolve()));
}

async function waitForNews(
  ctx: MailboxNeeds,
  { client, ended }: Connection,
  news: Promise<void>,
  ms: number,
  stop: AbortSignal,
): Promise<void> {
  const over = new AbortController();
  const end = () => over.abort();
  stop.addEventListener('abort', end, { once: true });
  try {
    // The next command ends it.
    const idle = client.idle();
    await Promise.race([news, ended, idle, ctx.clock.sleep(ms, over.signal)]);
  } finally {
    stop.removeEventListener('abort', end);
    over.abort();
  }
}
