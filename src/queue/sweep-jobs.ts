// Jobs on the sweep queue that are asked for once: however often somebody asks, at most one waits.
import type { Needs } from './context.js';

/** Changes messages in bulk: the job makes the changes of all tenants. */
export const bulkJob = 'bulk';

/** Removes what was deleted: the job removes everything. */
export const removalJob = 'removal';

/**
 * While the job waits, another would add nothing. While it runs, one more is kept for after it.
 * @param id tells jobs of one name apart, of which each may wait
 */
export async function askOnce(
  { queues }: Needs<'queues'>,
  name: string,
  { id = name, data = {} }: { id?: string; data?: object } = {},
): Promise<void> {
  await queues.sweep.add(name, data, { deduplication: { id, keepLastIfActive: true } });
}
