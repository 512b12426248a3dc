// Adds jobs for messages to the queues of their accounts, in order, and wakes the workers.

import { priorities } from '../domain/priority.js';
import { areInPlace, type PlacedJob, putInPlace } from './bullmq-internals.js';
import type { Needs } from './context.js';
import { bullPriority } from './job-priority.js';
import { jobIdOf, type Sendable } from './jobs.js';
import { sendQueueName } from './queues.js';
import { publishWake } from './wake-channel.js';

type AddNeeds = Needs<'queues' | 'redis' | 'clock' | 'config'>;

/** BullMQ builds the jobs of one call without a break, 500 in some 25 ms. Smaller calls let the process do other work. */
const jobsPerCall = 100;

/** @throws the error of Redis */
export async function addSendJobs(ctx: AddNeeds, messages: Sendable[]): Promise<void> {
  await Promise.all([...groupByQueue(messages)].map(([name, group]) => addToQueue(ctx, name, group)));
}

/**
 * Adds the jobs that are missing from their queue or out of place. Most messages that a sweep finds are queued already,
 * and one question for their places costs less than adding each again.
 * @returns how many messages were not in their place
 * @throws the error of Redis, also when Redis is away
 */
export async function addMissingSendJobs(ctx: AddNeeds, messages: Sendable[]): Promise<number> {
  if (ctx.redis.status !== 'ready') throw new Error('Redis is away');
  const counts = await Promise.all(
    [...groupByQueue(messages)].map(async ([name, group]) => {
      const inPlace = await areInPlace(ctx, name, group.map(toPlacedJob));
      const missing = group.filter((_, i) => !inPlace[i]);
      if (missing.length > 0) await addToQueue(ctx, name, missing);
      // Even if no job is missing: the queue's worker may have been closed.
      else await publishWake(ctx, [name], 'work');
      return missing.length;
    }),
  );
  return counts.reduce((sum, n) => sum + n, 0);
}

async function addToQueue(ctx: AddNeeds, name: string, group: Sendable[]): Promise<void> {
  const added: Promise<void>[] = [];
  for (let at = 0; at < group.length; at += jobsPerCall) {
    if (at > 0) await new Promise((resolve) => setImmediate(resolve));
    const adding = addJobs(ctx, name, group.slice(at, at + jobsPerCall));
    // `Promise.all` below reports the failure. This handler prevents an unhandled rejection until then.
    adding.catch(() => undefined);
    added.push(adding);
  }
  await Promise.all(added);
  const isUrgent = group.some(({ priority }) => priority === priorities.immediate);
  await Promise.all([
    putInPlace(ctx, name, group.map(toPlacedJob)),
    publishWake(ctx, [name], isUrgent ? 'urgent' : 'work'),
  ]);
}

async function addJobs(ctx: AddNeeds, name: string, group: Sendable[]): Promise<void> {
  const now = ctx.clock.now();
  await ctx.queues.send(name).addBulk(
    group.map((message) => ({
      name: 'send',
      data: { pk: message.pk, revision: message.revision },
      opts: {
        jobId: jobIdOf(message),
        priority: bullPriority(message.priority),
        delay: Math.max(0, message.dueAt - now),
      },
    })),
  );
}

function toPlacedJob(message: Sendable): PlacedJob {
  return { id: jobIdOf(message), priority: message.priority };
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
