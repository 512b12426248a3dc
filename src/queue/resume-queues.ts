// Has the queues of accounts go on at once, in all processes: what made them rest may be over.
import type { Owner } from '../domain/owner.js';
import { reasonOf } from '../errors.js';
import { accountIds } from '../store/accounts/accounts.js';
import type { Needs } from './context.js';
import { sendQueueName } from './queues.js';
import { publishWake } from './wake-channel.js';

/** A process that does not hear of it looks for itself within minutes. */
export async function resumeQueues(ctx: Needs<'redis' | 'config' | 'log'>, owners: Owner[]): Promise<void> {
  if (ctx.redis.status !== 'ready') return;
  try {
    await publishWake(ctx, owners.map(sendQueueName), 'lifted');
  } catch (error) {
    ctx.log.debug({ reason: reasonOf(error) }, 'a rest could not be lifted; it ends by itself');
  }
}

/** For a change that concerns all accounts of a tenant, such as its limits. */
export async function resumeQueuesOfTenant(
  ctx: Needs<'db' | 'redis' | 'config' | 'log'>,
  tenantId: string,
): Promise<void> {
  const accounts = await accountIds(ctx, tenantId);
  await resumeQueues(
    ctx,
    [null, ...accounts].map((accountId) => ({ tenantId, accountId })),
  );
}
