// Fetches mails of the open folder and reads them as bounces, without changing anything about them.
import { createHash } from 'node:crypto';
import type { FetchMessageObject, ImapFlow } from 'imapflow';
import { returnedKind } from '../match/match-recipients.js';
import { mostBytesRead, parseBounce } from '../parse/parse-bounce.js';
import type { ReadMail } from '../read-mail.js';
import { MailboxFault } from './mailbox-fault.js';
import { uidSets } from './uid-sets.js';

interface Page {
  mails: ReadMail[];
  /** Mails that the server does not give, while it gives others. */
  unreadable: number[];
}

/** The server gave no mail from this one on: it may be the one that the server cannot read. */
export class PageFault extends Error {
  readonly uid: number;

  constructor(uid: number, cause: unknown) {
    super('mails could not be fetched', { cause });
    this.uid = uid;
  }
}

/**
 * One mail at a time is in memory. imapflow asks for BODY.PEEK, which sets no flag (RFC 3501 section 6.4.5).
 * @param uids in ascending order; a mail that is gone meanwhile is left out
 * @param goesOn is called with each mail
 * @throws PageFault where the server refuses, or the connection ends
 */
export async function readPage(
  client: ImapFlow,
  uidSpace: bigint,
  uids: number[],
  goesOn: () => void,
): Promise<Page> {
  const read = new Map<number, ReadMail>();
  const fetched = async (some: number[]) => {
    for (const set of uidSets(some)) {
      for await (const mail of fetchMails(client, set)) {
        goesOn();
        // Servers may tell of other mails on their own.
        if (mail.source !== undefined && some.includes(mail.uid))
          read.set(mail.uid, toReadMail(uidSpace, mail));
      }
      // imapflow ends a fetch without a word when the connection has ended.
      if (!client.usable) {
        throw new MailboxFault('lost', 'The connection was lost while mails were fetched');
      }
    }
  };
  const unreadable = await fetchAll(client, uids, fetched, read);
  return { mails: uids.flatMap((uid) => read.get(uid) ?? []), unreadable };
}

/** Where the server refuses a page, its mails are fetched one by one. @returns those that are refused alone */
async function fetchAll(
  client: ImapFlow,
  uids: number[],
  fetched: (some: number[]) => Promise<void>,
  read: ReadonlyMap<number, ReadMail>,
): Promise<number[]> {
  const refused: number[] = [];
  const left = () => uids.filter((uid) => !read.has(uid) && !refused.includes(uid));
  try {
    await fetched(uids);
    return [];
  } catch (error) {
    if (!client.usable || uids.length === 1) throw new PageFault(left()[0] ?? 0, error);
  }
  for (const uid of left()) {
    try {
      await fetched([uid]);
    } catch (error) {
      if (!client.usable) throw new PageFault(uid, error);
      refused.push(uid);
      // Where a server gives no mail at all, the fault is not in the mails.
      if (refused.length === uids.length) throw new PageFault(uids[0] ?? 0, error);
    }
  }
  return refused;
}

function fetchMails(client: ImapFlow, set: string): AsyncGenerator<FetchMessageObject> {
  const query = { uid: true, internalDate: true, source: { start: 0, maxLength: mostBytesRead } };
  return client.fetch(set, query, { uid: true });
}

function toReadMail(
  uidSpace: bigint,
  { uid, source = Buffer.alloc(0), internalDate }: FetchMessageObject,
): ReadMail {
  const reading = parseBounce(source);
  return {
    uidValidity: uidSpace,
    uid,
    sha256: createHash('sha256').update(source).digest('hex'),
    receivedTs: Number(internalDate === undefined ? 0 : new Date(internalDate)) || 0,
    deliveredTo: reading.envelope.map(({ address }) => address),
    bounce: returnedKind(reading.kind) === undefined ? null : reading,
  };
}
