// Keeps two installations from using one Redis under one prefix, where each would take the other's jobs.
import { Fault } from '../../errors.js';
import type { Needs } from '../context.js';

type ClaimNeeds = Needs<'redis' | 'config'>;

const ownerKey = ({ config }: Needs<'config'>) => `${config.redisPrefix}:instance`;

/**
 * Marks the keys of this prefix as those of this installation, unless another one has marked them. An installation with
 * another prefix is not concerned.
 * @param instanceId of this installation, from its database
 * @returns what is wrong and what to do; undefined when the keys are ours
 */
export async function claimRedis(ctx: ClaimNeeds, instanceId: string): Promise<string | undefined> {
  const key = ownerKey(ctx);
  const { redisPrefix } = ctx.config;
  await ctx.redis.set(key, instanceId, 'NX');
  const owner = await ctx.redis.get(key);
  if (owner === instanceId) return undefined;
  return (
    `Redis serves another installation of mail-proxy under the prefix "${redisPrefix}" (it has another database): ` +
    `set another GMP_REDIS_PREFIX or GMP_REDIS_URL for one of them. If the other one is gone for good, ` +
    `delete its mark: redis-cli DEL ${key}`
  );
}

/**
 * As `claimRedis`, for a start.
 * @param isPrivate this service runs Redis itself, so whatever is in it was left by an earlier database of this path
 * @throws Fault `redis_unavailable`
 */
export async function requireOwnRedis(
  ctx: ClaimNeeds,
  instanceId: string,
  isPrivate: boolean,
): Promise<void> {
  let refusal = await claimRedis(ctx, instanceId);
  if (refusal !== undefined && isPrivate) {
    await ctx.redis.flushall();
    refusal = await claimRedis(ctx, instanceId);
  }
  if (refusal !== undefined) throw new Fault('redis_unavailable', refusal);
}
