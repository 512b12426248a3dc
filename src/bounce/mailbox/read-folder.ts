// Reads what a folder has beyond the last UID that was recorded: page by page, each recorded with how far it goes.
import { createHash } from 'node:crypto';
import type { Needs } from '../../queue/context.js';
import type { Mailbox } from '../../store/bounce-mailboxes/find-mailbox.js';
import type { Progress } from '../../store/bounce-mailboxes/lease.js';
import { advance, beginFolder, settled } from '../../store/bounce-mailboxes/progress.js';
import type { Reading } from '../parse/reading.js';
import { recordBounces } from '../record-bounces.js';
import type { Connection } from './connect-mailbox.js';
import { MailboxFault } from './mailbox-fault.js';
import { readPage } from './read-page.js';
import { settleBounces } from './settle-bounces.js';

const pageSize = 50;

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
  Object.assign(progress, { place, uidValidity, lastUid: 0, unsettled: [] });
}

/**
 * A kill repeats the last page at most, and what is recorded already is not recorded again.
 * @throws MailboxFault `lost` when another process reads the mailbox meanwhile
 */
export async function readFolder(
  ctx: ReadNeeds,
  { client, ask }: Connection,
  mailbox: Mailbox,
  progress: Progress,
  stop: AbortSignal,
): Promise<void> {
  if (progress.uidValidity === null) return;
  const uidSpace = uidSpaceOf(progress.place, progress.uidValidity);
  await settle(ctx, { client, ask }, mailbox, progress);
  while (!stop.aborted) {
    const beyond = `${progress.lastUid + 1}:*`;
    const found = (await ask(() => client.search({ uid: beyond }, { uid: true }))) || [];
    // `*` is the last mail of the folder, however low its UID (RFC 3501 section 6.4.8).
    const waiting = found.filter((uid) => uid > progress.lastUid).sort((a, b) => a - b);
    if (waiting.length === 0) return;
    for (let at = 0; at < waiting.length && !stop.aborted; at += pageSize) {
      const uids = waiting.slice(at, at + pageSize);
      const mails = await ask((goesOn) => readPage(client, uidSpace, uids, goesOn));
      await record(ctx, mailbox, progress, uids.at(-1) ?? 0, mails);
      await settle(ctx, { client, ask }, mailbox, progress);
    }
  }
}

async function record(
  ctx: ReadNeeds,
  mailbox: Mailbox,
  progress: Progress,
  lastUid: number,
  mails: Awaited<ReturnType<typeof readPage>>,
): Promise<void> {
  const bounces = mails.filter(({ bounce }) => isBounce(bounce)).map(({ uid }) => uid);
  const unsettled = mailbox.afterReading === 'leave' ? [] : bounces;
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
  if (progressed === 0) throw new MailboxFault('lost', 'Another process reads the mailbox');
  for (const as of recorded) ctx.metrics.mailRead(as);
  Object.assign(progress, { lastUid, unsettled });
}

async function settle(
  ctx: ReadNeeds,
  { client, ask }: Pick<Connection, 'client' | 'ask'>,
  mailbox: Mailbox,
  progress: Progress,
): Promise<void> {
  if (progress.unsettled.length === 0) return;
  await ask(() => settleBounces(client, mailbox, progress.unsettled));
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
