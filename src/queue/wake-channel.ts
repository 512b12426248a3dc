// How processes tell each other about send queues over a channel of Redis. A process that misses a message finds the work
// by itself, later.
import type { Needs } from './context.js';

/** `work`: there are jobs. `urgent`: there are jobs of immediate messages. `resumed`: the reason for a pause may be gone. */
type WakeReason = 'work' | 'urgent' | 'resumed';

/** Stands before the name of the queue. */
const prefixes: Record<WakeReason, string> = { work: '', urgent: '^', resumed: '!' };

export function wakeChannel(redisPrefix: string): string {
  return `${redisPrefix}:wake`;
}

/** @throws the error of Redis */
export async function publishWake(
  ctx: Needs<'config' | 'redis'>,
  queueNames: string[],
  reason: WakeReason,
): Promise<void> {
  const channel = wakeChannel(ctx.config.redisPrefix);
  await Promise.all(queueNames.map((name) => ctx.redis.publish(channel, prefixes[reason] + name)));
}

/** Reads a message that `publishWake` has published. */
export function parseWake(message: string): { queueName: string; reason: WakeReason } {
  if (message.startsWith(prefixes.urgent)) return { queueName: message.slice(1), reason: 'urgent' };
  if (message.startsWith(prefixes.resumed)) return { queueName: message.slice(1), reason: 'resumed' };
  return { queueName: message, reason: 'work' };
}
