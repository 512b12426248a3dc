// Ends the pauses of accounts' queues in all processes, because the reason for a pause may be gone.
import type { Owner } from '../domain/owner.js';
import { reasonOf } from '../errors.js';
import { accountIds } from '../store/accounts/accounts.js';
import type { Needs } from './context.js';
import { sendQueueName } from './queues.js';

/** A process that misses the announcement checks its paused queues by itself within minutes. */
export async function resumeQueues(ctx: Needs<'redis' | 'wakes' | 'log'>, owners: Owner[]): Promise<void> {
  if (ctx.redis.status !== 'ready') return;
  try {
    await ctx.wakes.publish(owners.map(sendQueueName), 'resumed');
  } catch (error) {
    const facts = { event: 'queue.resume_failed', reason: reasonOf(error) };
    ctx.log.debug(facts, 'A queue could not be resumed at once; its pause ends by itself');
  }
}

/** For a change that concerns all accounts of a tenant, such as its limits. */
export async function resumeQueuesOfTenant(
  ctx: Needs<'db' | 'redis' | 'wakes' | 'log'>,
  tenantId: string,
): Promise<void> {
  const accounts = await accountIds(ctx, tenantId);
  await resumeQueues(
    ctx,
    [null, ...accounts].map((accountId) => ({ tenantId, accountId })),
  );
}
