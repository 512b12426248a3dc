// Puts messages that are stored on the queues of their accounts, and wakes the workers.
import type { Queue } from 'bullmq';
import type { Needs } from '../context.js';
import { reasonOf } from '../errors.js';
import { type QueueOwner, type SendJob, sendQueueName, wakeChannel } from './queues.js';

export interface Sendable extends QueueOwner {
  pk: string;
  revision: string;
  priority: number;
  /** Attempts begun so far: part of the job's id, so that each attempt has a job of its own. */
  attempts: number;
  dueAt: number;
}

/** What has been waiting for longer than what is on the queue goes before it, in the order of acceptance. */
export type Place = 'front' | 'end';

/**
 * Never fails and is never waited for: what does not reach the queue, because Redis is away or the process ends, is
 * found by the sweep. A message that is already queued is not queued twice, for its job has the same id.
 */
export async function enqueueSend(
  ctx: Needs<'queues' | 'redis' | 'clock' | 'config' | 'log'>,
  messages: Sendable[],
  place: Place = 'end',
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
            // 0 is BullMQ's plain list, which keeps no order among what is put back; so ours are 1 to 4.
            priority: message.priority + 1,
            delay: Math.max(0, message.dueAt - now),
          },
        }));
        const added = await ctx.queues.send(name).addBulk(jobs);
        if (place === 'front') await moveToFront(added);
        await ctx.redis.publish(wakeChannel(ctx.config.redisPrefix), name);
      }),
    );
  } catch (error) {
    ctx.log.warn({ reason: reasonOf(error) }, 'messages could not be queued; the sweep will find them');
  }
}

/**
 * BullMQ puts jobs that go to the front before all others of their priority, and those among themselves in the order of
 * their ids: that of acceptance. So also when they come page by page, from several processes, or twice.
 */
async function moveToFront(jobs: Awaited<ReturnType<Queue<SendJob>['addBulk']>>): Promise<void> {
  // One that was taken up meanwhile cannot be moved, and need not be.
  await Promise.allSettled(
    jobs
      .filter(({ delay }) => delay === 0)
      .map((job) => job.changePriority({ priority: job.priority, lifo: true })),
  );
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
