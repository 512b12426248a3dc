// Removes messages whose retention period is over, and contents of attachments that no message has any more.
import type { Needs } from '../queue/context.js';
import { removeUnusedContents } from '../store/attachments/remove-unused.js';
import { removeUnmatchedBounces } from '../store/bounces/remove-unmatched.js';
import { removeOldMessages } from '../store/messages/remove-old.js';
import { removeExpiredSuppressions } from '../store/suppressions/remove-expired.js';

/** @returns how many messages were removed */
export async function runRetention(
  ctx: Needs<'db' | 'clock' | 'config' | 'log'>,
  stop: AbortSignal,
): Promise<number> {
  const removed = await removeOldMessages(ctx, stop);
  if (removed > 0) {
    const facts = { event: 'retention.removed', removed };
    ctx.log.info(facts, `${removed} messages were removed after their retention period`);
  }
  await removeUnmatchedBounces(ctx, ctx.clock.now() - ctx.config.deliveryReportRetentionSeconds * 1000, stop);
  await removeExpiredSuppressions(ctx);
  await removeUnusedContents(ctx, stop);
  return removed;
}
