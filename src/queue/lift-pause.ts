// Has the queues of accounts go on at once, in all processes: what made them rest may be over.
import type { Needs } from '../context.js';
import { reasonOf } from '../errors.js';
import { accountIds } from '../store/accounts/accounts.js';
import { announce } from './wake-channel.js';
import { type QueueOwner, sendQueueName } from './queues.js';

/** A process that does not hear of it looks for itself within minutes. */
export async function liftRest(ctx: Needs<'redis' | 'config' | 'log'>, owners: QueueOwner[]): Promise<void> {
  if (ctx.redis.status !== 'ready') return;
  try {
    await announce(ctx, owners.map(sendQueueName), 'lifted');
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
