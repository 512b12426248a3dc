// Removes the queues of accounts that are gone.
import type { Owner } from '../domain/owner.js';
import { reasonOf } from '../errors.js';
import type { Needs } from './context.js';
import { sendQueueName } from './queues.js';

/** What stays behind because Redis is away does no harm: its jobs find no message to send. */
export async function dropQueues(ctx: Needs<'queues' | 'redis' | 'log'>, owners: Owner[]): Promise<void> {
  if (ctx.redis.status !== 'ready') return;
  for (const owner of owners) {
    try {
      await ctx.queues.send(sendQueueName(owner)).obliterate({ force: true });
    } catch (error) {
      ctx.log.warn({ reason: reasonOf(error), tenant: owner.tenantId }, 'a queue could not be removed');
    }
  }
}
