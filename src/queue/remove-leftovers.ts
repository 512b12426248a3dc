// Removes the keys of deleted accounts and tenants from Redis, also those that a late process wrote.
import type { Owner } from '../domain/owner.js';
import { findGoneOwners } from '../store/accounts/gone-owners.js';
import type { Needs } from './context.js';
import { occasions } from './jobs.js';
import { ownerOfQueue } from './queues.js';
import { promoteReports } from './run-now.js';

type LeftoverNeeds = Needs<'db' | 'clock' | 'redis' | 'queues' | 'config' | 'enqueueReport'>;

/** Keys of Redis that one call walks past. */
const keysAtOnce = 1000;

/**
 * Walks over all keys under our prefix and removes those whose name contains an account or tenant that the database does
 * not have. A process that was down during the deletion may have left keys of any kind, and so may a send that was in flight.
 * @returns how many such keys were found; some of them may have to wait for another call
 */
export async function removeLeftovers(ctx: LeftoverNeeds): Promise<number> {
  const { redisPrefix } = ctx.config;
  let found = 0;
  for (let cursor: string | undefined = '0'; cursor !== undefined; ) {
    if (ctx.redis.status !== 'ready') return found;
    const [next, keys]: [string, string[]] = await ctx.redis.scan(
      cursor,
      'MATCH',
      `${redisPrefix}:*`,
      'COUNT',
      keysAtOnce,
    );
    found += await removeOf(ctx, keys);
    cursor = next === '0' ? undefined : next;
  }
  return found;
}

async function removeOf(ctx: LeftoverNeeds, keys: string[]): Promise<number> {
  const named = keys.flatMap((key) => {
    const owner = ownerOfKey(key.slice(ctx.config.redisPrefix.length + 1));
    return owner === undefined ? [] : [{ key, owner }];
  });
  if (named.length === 0) return 0;
  const gone = await findGoneOwners(
    ctx,
    named.map(({ owner }) => owner),
  );
  const leftovers = named.filter(({ owner }) => gone.isGone(owner));
  const sends = leftovers.filter(({ key, owner }) => isOfSends(ctx, key) && !gone.hasWork(owner));
  if (sends.length > 0) await ctx.redis.unlink(sends.map(({ key }) => key));
  // A report of a deleted tenant finds nothing to report, and ends with its keys.
  const reports = new Set(
    leftovers.filter(({ key }) => !isOfSends(ctx, key)).map(({ owner }) => owner.tenantId),
  );
  for (const tenantId of reports) await promoteReports(ctx, tenantId);
  return leftovers.length;
}

function isOfSends({ config }: Needs<'config'>, key: string): boolean {
  return key.startsWith(`${config.redisPrefix}:send.`);
}

/** @param key without our prefix @returns undefined for a key without an owner in its name */
function ownerOfKey(key: string): Owner | undefined {
  const [queue = ''] = key.split(':');
  if (queue.startsWith('send.')) return ownerOfQueue(queue);
  for (const occasion of occasions) {
    const [, tenantId] = key.split(`report:de:${occasion}.`);
    if (tenantId !== undefined) return { tenantId, accountId: null };
  }
  return undefined;
}
