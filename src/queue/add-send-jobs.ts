// Adds jobs for messages to the queues of their accounts, in order, and wakes the workers.

import { nextTurn } from '../concurrency/next-turn.js';
import { priorities } from '../domain/priority.js';
import { areInPlace, type PlacedJob, putInPlace } from './bullmq-internals.js';
import type { Needs } from './context.js';
import { bullPriority } from './job-priority.js';
import { jobIdOf, type Sendable } from './jobs.js';
import { sendQueueName } from './queues.js';

type AddNeeds = Needs<'queues' | 'redis' | 'wakes' | 'clock' | 'config'>;

/** BullMQ builds the jobs of one call without a break, 500 in some 25 ms. Smaller calls let the process do other work. */
const jobsPerCall = 100;

/** Queues that are worked on without a break, in some 5 ms, and share an announcement. */
const queuesPerTurn = 50;

/** Parts that wait for Redis at once. Commands of others wait behind theirs, there and in its connection. */
const partsUnderWay = 2;

type Group = [queueName: string, messages: Sendable[]];

/** @throws the error of Redis */
export async function addSendJobs(ctx: AddNeeds, messages: Sendable[]): Promise<void> {
  await addGroups(ctx, [...groupByQueue(messages)]);
}

/**
 * Adds the jobs that are missing from their queue or out of place. Most messages that a sweep finds are queued already,
 * and one question for their places costs less than adding each again.
 * @returns how many messages were not in their place
 * @throws the error of Redis, also when Redis is away
 */
export async function addMissingSendJobs(ctx: AddNeeds, messages: Sendable[]): Promise<number> {
  if (ctx.redis.status !== 'ready') throw new Error('Redis is away');
  const groups: Group[] = [];
  await inTurns([...groupByQueue(messages)], queuesPerTurn, async (some) => {
    groups.push(...(await Promise.all(some.map((group) => findMissing(ctx, group)))));
  });
  const complete = groups.filter(([, missing]) => missing.length === 0).map(([name]) => name);
  const incomplete = groups.filter(([, missing]) => missing.length > 0);
  // Even if no job is missing: the announcement of the queue may have got lost.
  await Promise.all([addGroups(ctx, incomplete), ctx.wakes.publish(complete, 'work')]);
  return incomplete.reduce((sum, [, missing]) => sum + missing.length, 0);
}

async function findMissing(ctx: AddNeeds, [name, messages]: Group): Promise<Group> {
  const inPlace = await areInPlace(ctx, name, messages.map(toPlacedJob));
  return [name, messages.filter((_, i) => !inPlace[i])];
}

function addGroups(ctx: AddNeeds, groups: Group[]): Promise<void> {
  return inTurns(groups, queuesPerTurn, (some) => addAndAnnounce(ctx, some));
}

/** Begins the next part a turn of the event loop after the one before, and waits for the answers to all but the last. */
async function inTurns<Item>(
  items: Item[],
  perTurn: number,
  task: (some: Item[]) => Promise<void>,
): Promise<void> {
  const begun: Promise<void>[] = [];
  for (let at = 0; at < items.length; at += perTurn) {
    if (at > 0) await nextTurn();
    await begun.at(-partsUnderWay);
    const running = task(items.slice(at, at + perTurn));
    // `Promise.all` below reports the failure. This handler prevents an unhandled rejection until then.
    running.catch(() => undefined);
    begun.push(running);
  }
  await Promise.all(begun);
}

async function addAndAnnounce(ctx: AddNeeds, groups: Group[]): Promise<void> {
  await Promise.all(
    groups.map(([name, messages]) => inTurns(messages, jobsPerCall, (some) => addJobs(ctx, name, some))),
  );
  const isUrgent = ([, messages]: Group) =>
    messages.some(({ priority }) => priority === priorities.immediate);
  const namesOf = (some: Group[]) => some.map(([name]) => name);
  await Promise.all([
    putInPlace(
      ctx,
      groups.map(([name, messages]) => [name, messages.map(toPlacedJob)]),
    ),
    ctx.wakes.publish(namesOf(groups.filter(isUrgent)), 'urgent'),
    ctx.wakes.publish(namesOf(groups.filter((group) => !isUrgent(group))), 'work'),
  ]);
}

async function addJobs(ctx: AddNeeds, name: string, group: Sendable[]): Promise<void> {
  const now = ctx.clock.now();
  const queue = ctx.queues.send(name);
  const jobs = group.map((message) => ({
    name: 'send',
    data: { pk: message.pk, revision: message.revision },
    opts: {
      jobId: jobIdOf(message),
      priority: bullPriority(message.priority),
      delay: Math.max(0, message.dueAt - now),
    },
  }));
  const [first] = jobs;
  // A single job needs no pipeline, which costs as much as the job.
  if (jobs.length === 1 && first !== undefined) await queue.add(first.name, first.data, first.opts);
  else await queue.addBulk(jobs);
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
