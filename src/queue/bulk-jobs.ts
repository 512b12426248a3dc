// Asks a worker to go on with the changes of many messages.
import type { Needs } from './context.js';

/** Name of the job on the sweep queue that changes messages. */
export const bulkJob = 'bulk';

/** At most one job waits, because it makes the changes of all tenants. */
export async function askForBulkChanges(ctx: Needs<'queues'>): Promise<void> {
  await ctx.queues.sweep.add(bulkJob, {}, { deduplication: { id: bulkJob, keepLastIfActive: true } });
}
