// Fetches mails of the open folder and reads them as bounces, without changing anything about them.
import { createHash } from 'node:crypto';
import type { ImapFlow } from 'imapflow';
import { returnedKind } from '../match/match-recipients.js';
import { mostBytesRead, parseBounce } from '../parse/parse-bounce.js';
import type { ReadMail } from '../read-mail.js';
import { MailboxFault } from './mailbox-fault.js';

/**
 * One mail at a time is in memory. imapflow asks for BODY.PEEK, which sets no flag (RFC 3501 section 6.4.5).
 * @param uids a mail that is gone meanwhile is left out
 * @param goesOn is called with each mail
 */
export async function readPage(
  client: ImapFlow,
  uidValidity: bigint,
  uids: number[],
  goesOn: () => void,
): Promise<ReadMail[]> {
  const mails: ReadMail[] = [];
  const query = { uid: true, internalDate: true, source: { start: 0, maxLength: mostBytesRead } };
  for await (const { uid, source, internalDate } of client.fetch(uids.join(','), query, { uid: true })) {
    goesOn();
    // Servers may tell of other mails on their own.
    if (source === undefined || !uids.includes(uid)) continue;
    const reading = parseBounce(source);
    mails.push({
      uidValidity,
      uid,
      sha256: createHash('sha256').update(source).digest('hex'),
      receivedTs: Number(internalDate === undefined ? 0 : new Date(internalDate)) || 0,
      deliveredTo: reading.envelope.map(({ address }) => address),
      bounce: returnedKind(reading.kind) === undefined ? null : reading,
    });
  }
  // imapflow ends a fetch without a word when the connection has ended.
  if (!client.usable) throw new MailboxFault('lost', 'The connection was lost while mails were fetched');
  return mails;
}
