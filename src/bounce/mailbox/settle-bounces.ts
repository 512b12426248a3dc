// Does with bounces that were recorded what the settings say: leaves, marks, moves or deletes them, and touches no other mail.
import type { ImapFlow } from 'imapflow';
import type { Mailbox } from '../../store/bounce-mailboxes/find-mailbox.js';
import { MailboxFault } from './mailbox-fault.js';

/** @param range a set of UIDs; a mail that is gone meanwhile is passed over */
export async function settleBounces(
  client: ImapFlow,
  { afterReading, moveFolder }: Pick<Mailbox, 'afterReading' | 'moveFolder'>,
  range: string,
): Promise<void> {
  if (afterReading === 'leave') return;
  const byUid = { uid: true };
  const mark = async (flag: string) => must(await client.messageFlagsAdd(range, [flag], byUid), 'marked');
  if (afterReading === 'mark_seen') return mark('\\Seen');
  if (afterReading === 'move' && client.capabilities.has('MOVE')) {
    return must(await moved(client, moveFolder, () => client.messageMove(range, moveFolder, byUid)), 'moved');
  }
  if (afterReading === 'move') {
    must(await moved(client, moveFolder, () => client.messageCopy(range, moveFolder, byUid)), 'copied');
  }
  // Without UIDPLUS, EXPUNGE would remove whatever else is marked as deleted (RFC 4315 section 2.1).
  if (!client.capabilities.has('UIDPLUS')) return mark('\\Deleted');
  must(await client.messageDelete(range, byUid), 'deleted');
}

/** The folder is made where it is missing. */
async function moved<T>(client: ImapFlow, moveFolder: string, attempt: () => Promise<T>): Promise<T> {
  const result = await attempt();
  if (result || !client.usable) return result;
  await client.mailboxCreate(moveFolder);
  return attempt();
}

function must(done: unknown, what: string): void {
  if (!done) throw new MailboxFault('not_settled', `Bounces that were read could not be ${what}`);
}
