// How the mailboxes for bounces fare, for operators and metrics.
import { toUnixSeconds } from '../../clock.js';
import type { MailboxState } from '../../domain/bounce/mailbox.js';
import type { MailboxHealth } from '../../metrics/mailbox-metrics.js';
import type { Needs } from '../context.js';
import { withoutNulls } from '../db/without-nulls.js';
import { listMailboxes } from './find-mailbox.js';

/** @param isOn whether the mailbox is to be read */
export async function showMailbox(ctx: Needs<'db'>, id: string, isOn: boolean) {
  const row = await ctx.db.read.bounceMailbox.findUnique({ where: { id } });
  const seconds = (at: bigint | null | undefined) => (at == null ? null : toUnixSeconds(Number(at)));
  const state: MailboxState = isOn ? ((row?.state ?? 'waiting') as MailboxState) : 'off';
  return withoutNulls({
    state,
    last_error: row?.error ?? null,
    last_error_ts: seconds(row?.errorAt),
    last_read_ts: seconds(row?.readAt),
    next_try_ts: state === 'failing' ? seconds(row?.retryAt) : null,
    mails_read: Number(row?.mails ?? 0),
    bounces_read: Number(row?.bounces ?? 0),
  });
}

/** Of every mailbox that is to be read. */
export async function snapshotMailboxes(ctx: Needs<'db' | 'clock'>): Promise<MailboxHealth[]> {
  const [mailboxes, known] = await Promise.all([
    listMailboxes(ctx),
    ctx.db.read.bounceMailbox.findMany({ select: { id: true, state: true, readAt: true } }),
  ]);
  const now = ctx.clock.now();
  const rows = new Map(known.map((row) => [row.id, row]));
  return mailboxes.map(({ id, tenantId, accountId }) => {
    const row = rows.get(id);
    const readAt = row?.readAt ?? null;
    const sinceReadMs = readAt === null ? undefined : Math.max(0, now - Number(readAt));
    return { tenantId, accountId, isFailing: row?.state === 'failing', sinceReadMs };
  });
}
