// Puts messages that are stored on the queues of their accounts, and wakes the workers.

import { batch } from '../concurrency/batch.js';
import { priorities } from '../domain/priority.js';
import { reasonOf } from '../errors.js';
import type { Needs } from './context.js';
import type { EnqueueSend, Sendable } from './jobs.js';
import { markerKey, sendQueueName } from './queues.js';
import { publishWake } from './wake-channel.js';

type EnqueueNeeds = Needs<'queues' | 'redis' | 'clock' | 'config' | 'log'>;

/** How long new messages wait for those that were queued before Redis was emptied; then the sweep will find them. */
const restoredWithinMs = 3000;
const lookAgainMs = 50;

/** What goes to Redis together. */
const mostTogether = 1000;

/** A Redis that takes commands and answers none is given no more than this to hold in memory: some 20 MB. */
const mostUnanswered = 50_000;

/** Calls of the same moment share their commands to Redis: each takes at least four otherwise. */
export function openEnqueueSend(ctx: EnqueueNeeds, most = mostUnanswered): EnqueueSend {
  const usual = openLane(ctx, most);
  // These do not wait until all that was accepted before them is queued.
  const urgent = openLane(ctx, most);
  return (messages) => {
    urgent(messages.filter(({ priority }) => priority === priorities.immediate));
    usual(messages.filter(({ priority }) => priority !== priorities.immediate));
  };
}

function openLane(ctx: EnqueueNeeds, most: number): EnqueueSend {
  const add = batch({
    clock: ctx.clock,
    run: async (calls: Sendable[][]) => {
      await enqueue(ctx, calls.flat());
      return calls.map(() => undefined);
    },
    most: mostTogether,
    weigh: (call) => call.length,
    lingerMs: 1,
  });
  let unanswered = 0;
  return (messages) => {
    const count = messages.length;
    // Asked here already: what waited for a Redis that is away would pile up in memory, as for one that hangs.
    if (count === 0 || ctx.redis.status !== 'ready') return;
    if (unanswered > 0 && unanswered + count > most) {
      ctx.log.debug({ messages: count }, 'Redis does not answer; the sweep will find them');
      return;
    }
    unanswered += count;
    void add(messages).finally(() => {
      unanswered -= count;
    });
  };
}

async function enqueue(ctx: EnqueueNeeds, messages: Sendable[]): Promise<void> {
  try {
    if (!(await isRestored(ctx, restoredWithinMs))) return;
    await Promise.all([...groupByQueue(messages)].map(([name, group]) => addToQueue(ctx, name, group)));
  } catch (error) {
    ctx.log.warn({ reason: reasonOf(error) }, 'messages could not be queued; the sweep will find them');
  }
}

/**
 * Whether the queues are there, or will be within `waitMs`: what was accepted before Redis was emptied goes first, so
 * what is new waits until that begins to be there again.
 */
export async function isRestored(ctx: Needs<'redis' | 'clock' | 'config'>, waitMs: number): Promise<boolean> {
  const until = ctx.clock.now() + waitMs;
  for (;;) {
    // Commands to a Redis that is away would pile up in memory.
    if (ctx.redis.status !== 'ready') return false;
    if ((await ctx.redis.exists(markerKey(ctx.config.redisPrefix))) === 1) return true;
    if (ctx.clock.now() >= until) return false;
    await ctx.clock.sleep(lookAgainMs);
  }
}

/**
 * As `EnqueueSend`, for what a sweep has found: most of that is in its place already, which is asked for at once instead
 * of queueing each again. Also while the queues are being restored.
 * @returns how many were not in their place
 * @throws what Redis says, or that it is away
 */
export async function enqueueFound(ctx: EnqueueNeeds, messages: Sendable[]): Promise<number> {
  if (ctx.redis.status !== 'ready') throw new Error('Redis is away');
  const missing = await Promise.all(
    [...groupByQueue(messages)].map(async ([name, group]) => {
      const places = await ctx.redis.zmscore(placesKey(ctx, name), group.map(jobIdOf));
      const absent = group.filter((message, i) => Number(places[i] ?? 0) !== placeOf(message));
      if (absent.length > 0) await addToQueue(ctx, name, absent);
      // In any case: its worker may have been closed.
      else await publishWake(ctx, [name], 'work');
      return absent.length;
    }),
  );
  return missing.reduce((sum, n) => sum + n, 0);
}

async function addToQueue(ctx: EnqueueNeeds, name: string, group: Sendable[]): Promise<void> {
  const added: Promise<void>[] = [];
  for (let at = 0; at < group.length; at += jobsAtOnce) {
    if (at > 0) await new Promise((resolve) => setImmediate(resolve));
    const adding = addJobs(ctx, name, group.slice(at, at + jobsAtOnce));
    // Looked at below.
    adding.catch(() => undefined);
    added.push(adding);
  }
  await Promise.all(added);
  const places = group.flatMap((message) => [placeOf(message), jobIdOf(message)]);
  const isUrgent = group.some(({ priority }) => priority === priorities.immediate);
  // XX: what was taken up meanwhile, or is not due yet, stays where it is.
  await Promise.all([
    ctx.redis.zadd(placesKey(ctx, name), 'XX', ...places),
    publishWake(ctx, [name], isUrgent ? 'urgent' : 'work'),
  ]);
}

/** BullMQ makes the jobs of one call at a stretch, some 25 ms for 500; so the process does other things in between. */
const jobsAtOnce = 100;

async function addJobs(ctx: EnqueueNeeds, name: string, group: Sendable[]): Promise<void> {
  const now = ctx.clock.now();
  await ctx.queues.send(name).addBulk(
    group.map((message) => ({
      name: 'send',
      data: { pk: message.pk, revision: message.revision },
      opts: {
        jobId: jobIdOf(message),
        priority: queuePriority(message.priority),
        delay: Math.max(0, message.dueAt - now),
      },
    })),
  );
}

/** 0 is BullMQ's plain list, which keeps no order among what is put back; so ours are 1 to 4 there. */
const queuePriority = (priority: number) => priority + 1;

/** What jobs have whose messages overtake all others. */
export const immediatePriority = queuePriority(priorities.immediate);

/** Whether the next job of a queue is an immediate one. */
export async function isUrgentNext(ctx: Needs<'queues' | 'redis'>, name: string): Promise<boolean> {
  if (ctx.redis.status !== 'ready') return false;
  const [, place] = await ctx.redis.zrange(placesKey(ctx, name), '0', '0', 'WITHSCORES');
  return place !== undefined && Number(place) < placeOf({ priority: priorities.immediate + 1 });
}

/** The sorted set in which BullMQ keeps what has a priority and is due. */
function placesKey(ctx: Needs<'queues'>, name: string): string {
  return ctx.queues.send(name).toKey('prioritized');
}

/**
 * BullMQ puts what is put back, because it may not be sent now, before all others of its priority, and those among
 * themselves in the order of their ids: that of acceptance. With all in that place, the order is the same whoever puts
 * them there, when and how often.
 */
function placeOf({ priority }: Pick<Sendable, 'priority'>): number {
  return queuePriority(priority) * placesOfPriority;
}

/** As far as BullMQ's priorities are apart from each other. */
const placesOfPriority = 2 ** 32;

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
