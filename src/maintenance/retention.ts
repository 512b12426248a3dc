// Removes messages whose retention period is over, contents of attachments that no message has any more, and large files
// whose links have ended.
import type { Needs as OffloadNeeds } from '../offload/context.js';
import { removeFiles } from '../offload/remove-files.js';
import type { Needs } from '../queue/context.js';
import { removeUnusedContents } from '../store/attachments/remove-unused.js';
import { removeUnmatchedBounces } from '../store/bounces/remove-unmatched.js';
import { removeOldMessages } from '../store/messages/remove-old.js';
import { removeExpiredSuppressions } from '../store/suppressions/remove-expired.js';

/** @returns how many messages were removed */
export async function runRetention(
  ctx: Needs<'db' | 'clock' | 'config' | 'log' | 'secrets'> & OffloadNeeds<'offload'>,
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
  await removeFiles(ctx, stop);
  return removed;
}
