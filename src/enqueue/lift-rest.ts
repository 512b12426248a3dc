// Has the queues of accounts go on at once, in all processes: what made them rest may be over.
import type { Needs } from '../context.js';
import { reasonOf } from '../errors.js';
import { accountIds } from '../store/accounts.js';
import { type QueueOwner, sendQueueName, wakeChannel } from './queues.js';

/** A process that does not hear of it looks for itself within minutes. */
export async function liftRest(ctx: Needs<'redis' | 'config' | 'log'>, owners: QueueOwner[]): Promise<void> {
  if (ctx.redis.status !== 'ready') return;
  const channel = wakeChannel(ctx.config.redisPrefix);
  try {
    await Promise.all(owners.map((owner) => ctx.redis.publish(channel, `!${sendQueueName(owner)}`)));
  } catch (error) {
    ctx.log.debug({ reason: reasonOf(error) }, 'a rest could not be lifted; it ends by itself');
  }
}

/** For a change that concerns all accounts of a tenant, such as its limits. */
export async function liftRestsOfTenant(
  ctx: Needs<'db' | 'redis' | 'config' | 'log'>,
  tenantId: string,
): Promise<void> {
  const accounts = await accountIds(ctx, tenantId);
  await liftRest(
    ctx,
    [null, ...accounts].map((accountId) => ({ tenantId, accountId })),
  );
}
