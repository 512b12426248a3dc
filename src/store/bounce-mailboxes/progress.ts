// What the reader of a mailbox writes: how far it has come, how the mailbox fares, and that it has ended.
import type { MailboxState } from '../../domain/bounce/mailbox.js';
import type { Needs } from '../context.js';
import { empty, sql } from '../db/sql.js';
import { type Run, run } from '../db/transaction.js';
import { isHeldBy } from './lease.js';

type WriteNeeds = Needs<'db' | 'clock' | 'processId'>;

interface Page {
  uidValidity: bigint;
  /** The highest UID before this page, as the reader knows it. */
  after: number;
  lastUid: number;
  /** UIDs of bounces of the page that are to be marked, moved or deleted. */
  unsettled: number[];
  mails: number;
  bounces: number;
}

/** Notes a page as read. Changes no row when another process reads the mailbox meanwhile. */
export function advance(ctx: Needs<'processId'>, id: string, page: Page): Run {
  const { uidValidity, after, lastUid, unsettled, mails, bounces } = page;
  return run(sql`UPDATE bounce_mailboxes SET last_uid = ${lastUid}, unsettled = ${JSON.stringify(unsettled)},
      mails = mails + ${mails}, bounces = bounces + ${bounces}
    WHERE ${isHeldBy(ctx, id)} AND uid_validity = ${uidValidity} AND last_uid = ${after}`);
}

/** The bounces of the last page are marked, moved or deleted. */
export async function settled(ctx: WriteNeeds, id: string): Promise<void> {
  await ctx.db.transaction({
    settled: run(sql`UPDATE bounce_mailboxes SET unsettled = '[]' WHERE ${isHeldBy(ctx, id)}`),
  });
}

/**
 * The folder is another one than that which was read before, so that it is read from its beginning.
 * @param remark what the operator is told about it
 */
export async function beginFolder(
  ctx: WriteNeeds,
  id: string,
  folder: { place: string; uidValidity: bigint },
  remark?: string,
): Promise<void> {
  const told = remark === undefined ? empty : sql`, error = ${remark}, error_at = ${ctx.clock.now()}`;
  await ctx.db.transaction({
    begun: run(sql`UPDATE bounce_mailboxes SET place = ${folder.place}, uid_validity = ${folder.uidValidity},
        last_uid = 0, unsettled = '[]' ${told}
      WHERE ${isHeldBy(ctx, id)}`),
  });
}

/** @param isRead whether everything that was there is read, which ends earlier failures */
export async function noteState(
  ctx: WriteNeeds,
  id: string,
  state: MailboxState,
  isRead = false,
): Promise<void> {
  const read = isRead ? sql`, read_at = ${ctx.clock.now()}, failures = 0, retry_at = NULL` : empty;
  await ctx.db.transaction({
    noted: run(sql`UPDATE bounce_mailboxes SET state = ${state} ${read} WHERE ${isHeldBy(ctx, id)}`),
  });
}

/** Why a mailbox could not be read. */
export interface Failure {
  error: string;
  /** Without a success in between, this one included. */
  failures: number;
  retryAt: number;
}

/** Gives the lease back. */
export async function releaseMailbox(ctx: WriteNeeds, id: string, failure?: Failure): Promise<void> {
  const now = ctx.clock.now();
  const failed = failure
    ? sql`, state = 'failing', error = ${failure.error}, error_at = ${now}, failures = ${failure.failures},
        retry_at = ${failure.retryAt}`
    : sql`, state = CASE WHEN state = 'failing' THEN state ELSE 'waiting' END`;
  await ctx.db.transaction({
    released: run(sql`UPDATE bounce_mailboxes SET lease_owner = NULL, lease_until = NULL ${failed}
      WHERE ${isHeldBy(ctx, id)}`),
  });
}
