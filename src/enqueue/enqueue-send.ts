// Puts messages that are stored on the queues of their accounts, and wakes the workers.
import type { Needs } from '../context.js';
import { reasonOf } from '../errors.js';
import { type QueueOwner, sendQueueName, wakeChannel } from './queues.js';

export interface Sendable extends QueueOwner {
  pk: string;
  revision: string;
  priority: number;
  /** Attempts begun so far: part of the job's id, so that each attempt has a job of its own. */
  attempts: number;
  dueAt: number;
}

/**
 * Never fails and is never waited for: what does not reach the queue, because Redis is away or the process ends, is
 * found by the sweep. A message that is already queued is not queued twice, for its job has the same id.
 */
export async function enqueueSend(
  ctx: Needs<'queues' | 'redis' | 'clock' | 'config' | 'log'>,
  messages: Sendable[],
): Promise<void> {
  // Commands to a Redis that is away would pile up in memory.
  if (ctx.redis.status !== 'ready') return;
  const now = ctx.clock.now();
  try {
    await Promise.all(
      [...groupByQueue(messages)].map(async ([name, group]) => {
        const jobs = group.map((message) => ({
          name: 'send',
          data: { pk: message.pk, revision: message.revision },
          opts: {
            jobId: jobIdOf(message),
            // 0 is BullMQ's plain list, which comes before all numbered priorities: 0-3 as they are.
            priority: message.priority,
            delay: Math.max(0, message.dueAt - now),
          },
        }));
        await ctx.queues.send(name).addBulk(jobs);
        await ctx.redis.publish(wakeChannel(ctx.config.redisPrefix), name);
      }),
    );
  } catch (error) {
    ctx.log.warn({ reason: reasonOf(error) }, 'messages could not be queued; the sweep will find them');
  }
}

/** Each attempt at each revision has one job, however often it is asked for. */
export function jobIdOf({ revision, attempts }: Pick<Sendable, 'revision' | 'attempts'>): string {
  return `${revision}-${attempts}`;
}

function groupByQueue(messages: Sendable[]): Map<string, Sendable[]> {
  const groups = new Map<string, Sendable[]>();
  for (const message of messages) {
    const name = sendQueueName(message);
    const group = groups.get(name);
    if (group) group.push(message);
    else groups.set(name, [message]);
  }
  return groups;
}
