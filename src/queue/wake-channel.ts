// How processes tell each other about send queues over a channel of Redis. A process that misses a message finds the work
// by itself, later.
import type { Needs } from './context.js';

/** `work`: there are jobs. `urgent`: there are jobs of immediate messages. `resumed`: the reason for a pause may be gone. */
type WakeReason = 'work' | 'urgent' | 'resumed';

/** Stands before the names of the queues. */
const prefixes: Record<WakeReason, string> = { work: '', urgent: '^', resumed: '!' };

/** No name of a queue has one: ids of tenants are identifiers, and those of accounts are encoded. */
const separator = ' ';

export function wakeChannel(redisPrefix: string): string {
  return `${redisPrefix}:wake`;
}

/** Names in one message: some 40 KB, which a process takes in a few milliseconds. */
const mostNames = 1000;

/** @throws the error of Redis */
export async function publishWake(
  ctx: Needs<'config' | 'redis'>,
  queueNames: string[],
  reason: WakeReason,
): Promise<void> {
  const channel = wakeChannel(ctx.config.redisPrefix);
  const published: Promise<number>[] = [];
  for (let at = 0; at < queueNames.length; at += mostNames) {
    const names = queueNames.slice(at, at + mostNames);
    published.push(ctx.redis.publish(channel, prefixes[reason] + names.join(separator)));
  }
  await Promise.all(published);
}

/** Reads a message that `publishWake` has published. */
export function parseWake(message: string): { queueNames: string[]; reason: WakeReason } {
  const reason: WakeReason = message.startsWith(prefixes.urgent)
    ? 'urgent'
    : message.startsWith(prefixes.resumed)
      ? 'resumed'
      : 'work';
  return { queueNames: message.slice(prefixes[reason].length).split(separator), reason };
}
