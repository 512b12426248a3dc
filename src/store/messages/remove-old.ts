// Removes what every tenant's messages have been kept long enough for, by GMP_DELIVERY_REPORT_RETENTION_SECONDS.
import type { Needs } from '../context.js';
import { cleanUpMessages } from './clean-up.js';

const weekMs = 604_800_000;

/**
 * What the retention period has passed for since it was reported. Where there is nobody who could acknowledge anything,
 * it counts from the end of a message, and twice as long, a week at least: docs/decisions/0031-retention.md.
 * @param stop ends it between two statements; the next call does the rest
 * @returns how many messages
 */
export async function removeOldMessages(
  ctx: Needs<'db' | 'clock' | 'config'>,
  stop: AbortSignal,
): Promise<number> {
  const { deliveryReportRetentionSeconds, clientSyncUrl, reportHandler } = ctx.config;
  const rememberedMs = deliveryReportRetentionSeconds * 1000;
  const everybodyIsTold = clientSyncUrl !== undefined || reportHandler !== undefined;
  const tenants = await ctx.db.read.tenant.findMany({ select: { id: true }, orderBy: { id: 'asc' } });
  let removed = 0;
  for (const { id } of tenants) {
    if (stop.aborted) break;
    const now = ctx.clock.now();
    const over = {
      reportedBefore: now - rememberedMs,
      ...(!everybodyIsTold && { untoldBefore: now - Math.max(2 * rememberedMs, weekMs) }),
    };
    removed += await cleanUpMessages(ctx, id, over, stop);
  }
  return removed;
}
