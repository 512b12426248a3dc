// Takes jobs of messages that are gone off their queues.
import type { Owner } from '../domain/owner.js';
import { reasonOf } from '../errors.js';
import type { Needs } from './context.js';
import { jobIdOf } from './enqueue-send.js';
import { sendQueueName } from './queues.js';

/** A job that stays, because Redis is away or it is just being worked on, finds no message to send. */
export async function dequeueSend(
  ctx: Needs<'queues' | 'redis' | 'log'>,
  messages: (Owner & { revision: string; attempts: number })[],
): Promise<void> {
  if (ctx.redis.status !== 'ready') return;
  const removals = messages.map((message) =>
    ctx.queues.send(sendQueueName(message)).remove(jobIdOf(message)),
  );
  for (const result of await Promise.allSettled(removals)) {
    if (result.status === 'rejected')
      ctx.log.debug({ reason: reasonOf(result.reason) }, 'a job could not be removed');
  }
}
