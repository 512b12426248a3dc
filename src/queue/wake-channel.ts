// What processes tell each other of send queues, over a channel of Redis: whoever does not hear it finds out by itself.
import type { Needs } from './context.js';

/** There is work; there is work that is urgent; what made the queue rest may be over. */
export type WakeReason = 'work' | 'urgent' | 'lifted';

/** Stands before the name of the queue. */
const marks: Record<WakeReason, string> = { work: '', urgent: '^', lifted: '!' };

export function wakeChannel(prefix: string): string {
  return `${prefix}:wake`;
}

/** @throws what Redis says */
export async function publishWake(
  ctx: Needs<'config' | 'redis'>,
  queueNames: string[],
  news: WakeReason,
): Promise<void> {
  const channel = wakeChannel(ctx.config.redisPrefix);
  await Promise.all(queueNames.map((name) => ctx.redis.publish(channel, marks[news] + name)));
}

/** What `announce` said of which queue. */
export function parseWake(said: string): { queueName: string; news: WakeReason } {
  if (said.startsWith(marks.urgent)) return { queueName: said.slice(1), news: 'urgent' };
  if (said.startsWith(marks.lifted)) return { queueName: said.slice(1), news: 'lifted' };
  return { queueName: said, news: 'work' };
}
