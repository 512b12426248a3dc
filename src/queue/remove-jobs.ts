// Removes the jobs of deleted messages.
import type { Owner } from '../domain/owner.js';
import { reasonOf } from '../errors.js';
import type { Needs } from './context.js';
import { jobIdOf } from './jobs.js';
import { sendQueueName } from './queues.js';

type RemoveNeeds = Needs<'queues' | 'redis' | 'log'>;

/** A job that stays, because Redis is away or an attempt is in flight, finds no message to send. */
export async function removeJobs(
  ctx: RemoveNeeds,
  messages: (Owner & { revision: string; attempts: number })[],
): Promise<void> {
  if (ctx.redis.status !== 'ready') return;
  const removals = messages.map((message) =>
    ctx.queues.send(sendQueueName(message)).remove(jobIdOf(message)),
  );
  for (const result of await Promise.allSettled(removals)) {
    if (result.status === 'fulfilled') continue;
    const facts = { event: 'queue.job_not_removed', reason: reasonOf(result.reason) };
    ctx.log.debug(facts, 'A job could not be removed; it will find no message to send');
  }
}
