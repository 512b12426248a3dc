// Tells workers that are blocked on an empty queue to look again.

import { reasonOf } from '../errors.js';
import type { Needs } from './context.js';

/**
 * BullMQ leaves no mark when a job with a priority is put back, so a worker that found the queue empty before would
 * block for seconds although there is work. This is the mark that BullMQ itself sets when a job is added.
 */
export async function setMarker(ctx: Needs<'queues' | 'redis' | 'log'>, queueName: string): Promise<void> {
  if (ctx.redis.status !== 'ready') return;
  try {
    await ctx.redis.zadd(ctx.queues.send(queueName).toKey('marker'), 0, '0');
  } catch (error) {
    ctx.log.debug(
      { reason: reasonOf(error) },
      'a queue could not be nudged; its workers look within seconds',
    );
  }
}
