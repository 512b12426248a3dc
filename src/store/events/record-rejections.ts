// Records messages that were rejected when they were handed in, so that their applications are told of them as well.
import type { Needs } from '../context.js';
import { type RejectedMessage, storeRejected } from '../messages/upsert.js';

/**
 * Of messages with the same id the last one counts. A tenant that does not exist is passed over.
 * @returns the tenants that have something to be told
 */
export async function recordRejections(
  ctx: Needs<'db' | 'clock'>,
  rejections: RejectedMessage[],
): Promise<string[]> {
  if (rejections.length === 0) return [];
  const byId = new Map(rejections.map((one) => [`${one.tenantId}\n${one.id}`, one]));
  const { stored } = await ctx.db.transaction(storeRejected([...byId.values()], ctx.clock.now()));
  return [...new Set(stored.map(({ tenant_id }) => tenant_id))];
}
