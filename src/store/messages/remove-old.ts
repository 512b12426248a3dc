// Removes the messages of every tenant whose retention period (GMP_DELIVERY_REPORT_RETENTION_SECONDS) is over.
import type { Needs } from '../context.js';
import { cleanUpMessages } from './clean-up.js';

const weekMs = 604_800_000;

/**
 * The retention period begins when a message's last event was acknowledged. Where a tenant has no application that could
 * acknowledge anything, it begins with the end of the message and lasts twice as long, a week at least
 * (docs/decisions/0031-retention.md).
 * @param stop ends the removal between two statements; the next call goes on with it
 * @returns how many messages
 */
export async function removeOldMessages(
  ctx: Needs<'db' | 'clock' | 'config'>,
  stop: AbortSignal,
): Promise<number> {
  const { deliveryReportRetentionSeconds, clientSyncUrl, reportHandler } = ctx.config;
  const retentionMs = deliveryReportRetentionSeconds * 1000;
  const allAreReported = clientSyncUrl !== undefined || reportHandler !== undefined;
  const tenants = await ctx.db.read.tenant.findMany({
    where: { deletedAt: null },
    select: { id: true },
    orderBy: { id: 'asc' },
  });
  let removed = 0;
  for (const { id } of tenants) {
    if (stop.aborted) break;
    const now = ctx.clock.now();
    const over = {
      reportedBefore: now - retentionMs,
      ...(!allAreReported && { unreportedBefore: now - Math.max(2 * retentionMs, weekMs) }),
    };
    removed += await cleanUpMessages(ctx, id, over, stop);
  }
  return removed;
}
