// Everything this service assumes about BullMQ beyond its documented interface: private keys, scores, and how a worker
// fetches jobs. test/queue/bullmq-internals.test.ts fails when a new BullMQ works differently.

import { priorities } from '../domain/priority.js';
import type { Needs } from './context.js';
import { bullPriority } from './job-priority.js';

/** A job that stands, or shall stand, on a send queue. */
export interface PlacedJob {
  id: string;
  /** The priority of its message. */
  priority: number;
}

/** BullMQ's score of a job is its priority times this, plus a counter of the queue. */
const scoresPerPriority = 2 ** 32;

/**
 * BullMQ puts a job back with the counter 0: before all other jobs of its priority. Jobs with equal scores are ordered by
 * id, which is the order of acceptance. So every send job gets this score, and the order does not depend on when, how
 * often or by which process a job is queued.
 */
const scoreOf = (priority: number) => bullPriority(priority) * scoresPerPriority;

/** The sorted set of the jobs that have a priority and are due. */
const prioritizedKey = (ctx: Needs<'queues'>, name: string) => ctx.queues.send(name).toKey('prioritized');

/** A command for each of 50 queues would cost as much as adding their jobs. */
const placeAll = `for i, key in ipairs(KEYS) do redis.call('ZADD', key, 'XX', ARGV[2 * i - 1], ARGV[2 * i]) end`;

/**
 * Gives jobs the score that puts them in order of acceptance. Jobs that are active or delayed stay where they are.
 * @param queues the names of queues with their jobs
 */
export async function putInPlace(
  ctx: Needs<'queues' | 'redis'>,
  queues: [name: string, jobs: PlacedJob[]][],
): Promise<void> {
  const [only] = queues;
  const scoresOf = (jobs: PlacedJob[]) => jobs.flatMap(({ id, priority }) => [scoreOf(priority), id]);
  if (queues.length === 1 && only !== undefined) {
    await ctx.redis.zadd(prioritizedKey(ctx, only[0]), 'XX', ...scoresOf(only[1]));
    return;
  }
  const keys = queues.flatMap(([name, jobs]) => jobs.map(() => prioritizedKey(ctx, name)));
  await ctx.redis.eval(placeAll, keys.length, ...keys, ...queues.flatMap(([, jobs]) => scoresOf(jobs)));
}

/** @returns for each job whether it is due and in its place */
export async function areInPlace(
  ctx: Needs<'queues' | 'redis'>,
  name: string,
  jobs: PlacedJob[],
): Promise<boolean[]> {
  const ids = jobs.map(({ id }) => id);
  const scores = await ctx.redis.zmscore(prioritizedKey(ctx, name), ids);
  return jobs.map(({ priority }, i) => Number(scores[i] ?? 0) === scoreOf(priority));
}

/** Whether the next job of a queue belongs to an immediate message. */
export async function isUrgentNext(ctx: Needs<'queues' | 'redis'>, name: string): Promise<boolean> {
  if (ctx.redis.status !== 'ready') return false;
  const [, score] = await ctx.redis.zrange(prioritizedKey(ctx, name), '0', '0', 'WITHSCORES');
  return score !== undefined && Number(score) < scoreOf(priorities.immediate + 1);
}

/** @returns for each queue how many jobs any process has locked */
export async function countActive(ctx: Needs<'queues' | 'redis'>, names: string[]): Promise<number[]> {
  const keys = names.map((name) => ctx.queues.send(name).toKey('active'));
  return (await ctx.redis.eval(lengths, keys.length, ...keys)) as number[];
}

const lengths = `local found = {} for i, key in ipairs(KEYS) do found[i] = redis.call('LLEN', key) end return found`;

/** When the first delayed job of a queue is due, milliseconds since the epoch; undefined when none is delayed. */
export async function nextDelayedAt(
  ctx: Needs<'queues' | 'redis'>,
  queueName: string,
): Promise<number | undefined> {
  const [, score] = await ctx.redis.zrange(
    ctx.queues.send(queueName).toKey('delayed'),
    '0',
    '0',
    'WITHSCORES',
  );
  return score === undefined ? undefined : Math.floor(Number(score) / placesOfMillisecond);
}

/** BullMQ keeps jobs that are due in the same millisecond apart by the lowest 12 bits of their score. */
const placesOfMillisecond = 2 ** 12;
