// Reads what a folder has beyond the last UID that was recorded: page by page, each recorded with how far it goes.
import { createHash } from 'node:crypto';
import type { Needs } from '../../queue/context.js';
import type { Mailbox } from '../../store/bounce-mailboxes/find-mailbox.js';
import { holdsMailbox, type Progress } from '../../store/bounce-mailboxes/lease.js';
import { advance, beginFolder, settled } from '../../store/bounce-mailboxes/progress.js';
import { matchLate } from '../match-late.js';
import type { Reading } from '../parse/reading.js';
import { recordBounces } from '../record-bounces.js';
import type { Connection } from './connect-mailbox.js';
import { MailboxFault } from './mailbox-fault.js';
import { PageFault, readPage } from './read-page.js';
import { settleBounces } from './settle-bounces.js';
import { uidSets } from './uid-sets.js';

const pageSize = 50;
/** Many at once, because a server may look through the whole folder for each command. */
const settledAtOnce = 250;
/** How often a mail is fetched at which the connection ends, or which is refused while no other is given. */
const mostAttempts = 3;

const takenOver = 'Another process reads the mailbox';

const readAnew = 'The folder has another UIDVALIDITY than before, so it was read from its beginning';

export type ReadNeeds = Needs<'db' | 'clock' | 'processId' | 'log' | 'metrics' | 'secrets' | 'enqueueReport'>;

/** Opens the folder, and finds out whether it is the one that was read before. */
export async function openFolder(
  ctx: ReadNeeds,
  { client, ask }: Connection,
  mailbox: Mailbox,
  progress: Progress,
): Promise<void> {
  const { id, folder, afterReading } = mailbox;
  // EXAMINE leaves even \Recent as it is (RFC 3501 section 6.3.2).
  const { uidValidity } = await ask(() => client.mailboxOpen(folder, { readOnly: afterReading === 'leave' }));
  const place = placeOf(mailbox);
  const isSamePlace = progress.place === place;
  if (isSamePlace && progress.uidValidity === uidValidity) return;
  const isChanged = isSamePlace && progress.uidValidity !== null;
  if (isChanged) ctx.log.warn({ event: 'mailbox.uidvalidity_changed', mailbox: id }, readAnew);
  await beginFolder(ctx, id, { place, uidValidity }, isChanged ? readAnew : undefined);
  Object.assign(progress, { place, uidValidity, lastUid: 0, unsettled: [], suspect: undefined });
}

/**
 * A kill repeats the last page at most, and what is recorded already is not recorded again.
 * @param onPage is called with each page that is recorded
 * @throws MailboxFault `lost` when another process reads the mailbox meanwhile
 */
export async function readFolder(
  ctx: ReadNeeds,
  connection: Connection,
  mailbox: Mailbox,
  progress: Progress,
  { stop, onPage }: { stop: AbortSignal; onPage: () => void },
): Promise<void> {
  const { client, ask } = connection;
  if (progress.uidValidity === null) return;
  await settle(ctx, connection, mailbox, progress);
  while (!stop.aborted) {
    const beyond = `${progress.lastUid + 1}:*`;
    const found = (await ask(() => client.search({ uid: beyond }, { uid: true }))) || [];
    // `*` is the last mail of the folder, however low its UID (RFC 3501 section 6.4.8).
    let waiting = found.filter((uid) => uid > progress.lastUid).sort((a, b) => a - b);
    if (waiting.length === 0) return matchLate(ctx, mailbox);
    while (waiting.length > 0 && !stop.aborted) {
      const uids = nextPage(waiting, progress);
      waiting = waiting.slice(uids.length);
      await record(ctx, mailbox, progress, uids, await fetchPage(ctx, connection, mailbox, progress, uids));
      onPage();
      if (progress.unsettled.length >= settledAtOnce) await settle(ctx, connection, mailbox, progress);
    }
    await settle(ctx, connection, mailbox, progress);
  }
}

/** A mail that the server may be unable to give is fetched alone, after those before it. */
function nextPage(waiting: number[], { suspect }: Progress): number[] {
  const at = suspect === undefined ? -1 : waiting.indexOf(suspect.uid);
  return waiting.slice(0, at === -1 ? pageSize : Math.min(Math.max(at, 1), pageSize));
}

/** A mail at which every attempt has ended is passed over, so that those behind it are read. */
async function fetchPage(
  ctx: ReadNeeds,
  { client, ask }: Connection,
  mailbox: Mailbox,
  progress: Progress,
  uids: number[],
): ReturnType<typeof readPage> {
  const { suspect } = progress;
  if (suspect !== undefined && suspect.times >= mostAttempts && uids[0] === suspect.uid) {
    return { mails: [], unreadable: uids };
  }
  const uidSpace = uidSpaceOf(progress.place, progress.uidValidity ?? 0n);
  try {
    return await ask((goesOn) => readPage(client, uidSpace, uids, goesOn));
  } catch (error) {
    if (!(error instanceof PageFault)) throw error;
    const { uid, cause } = error;
    progress.suspect = { uid, times: uid === suspect?.uid ? suspect.times + 1 : 1 };
    const facts = { event: 'mailbox.fetch_failed', mailbox: mailbox.id, uid, times: progress.suspect.times };
    ctx.log.debug(facts, 'Mails could not be fetched; that with this UID may be the cause');
    throw cause;
  }
}

async function record(
  ctx: ReadNeeds,
  mailbox: Mailbox,
  progress: Progress,
  uids: number[],
  { mails, unreadable }: Awaited<ReturnType<typeof readPage>>,
): Promise<void> {
  const bounces = mails.filter(({ bounce }) => isBounce(bounce)).map(({ uid }) => uid);
  const unsettled = mailbox.afterReading === 'leave' ? [] : [...progress.unsettled, ...bounces];
  const lastUid = uids.at(-1) ?? 0;
  const { lastUid: after, uidValidity } = progress;
  const counts = { mails: mails.length, bounces: bounces.length };
  const next = advance(ctx, mailbox.id, {
    uidValidity: uidValidity ?? 0n,
    after,
    lastUid,
    unsettled,
    ...counts,
  });
  const { recorded, progressed } = await recordBounces(ctx, mailbox, mails, next);
  if (progressed === 0) throw new MailboxFault('lost', takenOver);
  for (const as of recorded) ctx.metrics.mailRead(as);
  for (const uid of unreadable) {
    ctx.metrics.mailRead('unreadable');
    const facts = { event: 'mailbox.mail_unreadable', mailbox: mailbox.id, uid };
    ctx.log.warn(facts, `The server does not give the mail with UID ${uid}, so it was passed over`);
  }
  Object.assign(progress, { lastUid, unsettled });
  if (progress.suspect !== undefined && progress.suspect.uid <= lastUid) progress.suspect = undefined;
}

async function settle(
  ctx: ReadNeeds,
  { client, ask }: Connection,
  mailbox: Mailbox,
  progress: Progress,
): Promise<void> {
  if (progress.unsettled.length === 0) return;
  // A process that stood still may wake up here, long after another one has taken over.
  if (!(await holdsMailbox(ctx, mailbox.id))) throw new MailboxFault('lost', takenOver);
  for (const set of uidSets(progress.unsettled)) await ask(() => settleBounces(client, mailbox, set));
  await settled(ctx, mailbox.id);
  progress.unsettled = [];
}

/** UIDs count for a server, a user and a folder. */
function placeOf({ host, user, folder }: Mailbox): string {
  return createHash('sha256')
    .update(JSON.stringify([host.toLowerCase(), user, folder]))
    .digest('hex');
}

/**
 * What bounces are recorded under in place of UIDVALIDITY, which may be the same for another folder. 53 bits, of which
 * UIDVALIDITY has 32.
 */
function uidSpaceOf(place: string, uidValidity: bigint): bigint {
  return (BigInt(`0x${place.slice(0, 5)}`) << 32n) | uidValidity;
}

/** Delays and receipts are recorded, too, and stay as they are. */
function isBounce(reading: Reading | null): boolean {
  return reading?.kind === 'bounce' || reading?.kind === 'complaint';
}
