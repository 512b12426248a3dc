// Everything this service assumes about BullMQ beyond its documented interface: private keys, scores, and how a worker
// fetches jobs. test/queue/bullmq-internals.test.ts fails when a new BullMQ works differently.

import type { Clock } from '../clock.js';
import { priorities } from '../domain/priority.js';
import { reasonOf } from '../errors.js';
import type { Needs } from './context.js';

/** A job that stands, or shall stand, on a send queue. */
export interface PlacedJob {
  id: string;
  /** The priority of its message. */
  priority: number;
}

/** BullMQ keeps jobs of priority 0 in a plain list, which loses the order of jobs that are put back. So ours begin at 1. */
export const bullPriority = (priority: number) => priority + 1;

/** Priority of the jobs whose messages overtake all others. */
export const immediatePriority = bullPriority(priorities.immediate);

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

/** Gives jobs the score that puts them in order of acceptance. Jobs that are active or delayed stay where they are. */
export async function putInPlace(
  ctx: Needs<'queues' | 'redis'>,
  name: string,
  jobs: PlacedJob[],
): Promise<void> {
  const scores = jobs.flatMap(({ id, priority }) => [scoreOf(priority), id]);
  await ctx.redis.zadd(prioritizedKey(ctx, name), 'XX', ...scores);
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

/** @returns how many jobs precede this one; undefined when the job is not among those that are due */
export async function countJobsBefore(
  ctx: Needs<'queues' | 'redis'>,
  name: string,
  id: string,
): Promise<number | undefined> {
  return (await ctx.redis.zrank(prioritizedKey(ctx, name), id)) ?? undefined;
}

/** Whether the next job of a queue belongs to an immediate message. */
export async function isUrgentNext(ctx: Needs<'queues' | 'redis'>, name: string): Promise<boolean> {
  if (ctx.redis.status !== 'ready') return false;
  const [, score] = await ctx.redis.zrange(prioritizedKey(ctx, name), '0', '0', 'WITHSCORES');
  return score !== undefined && Number(score) < scoreOf(priorities.immediate + 1);
}

/**
 * Wakes workers that block on a queue they found empty. BullMQ sets this marker when a job is added, but not when a job
 * with a priority is put back, so the workers would block for seconds beside the job.
 */
export async function setMarker(ctx: Needs<'queues' | 'redis' | 'log'>, name: string): Promise<void> {
  if (ctx.redis.status !== 'ready') return;
  try {
    await ctx.redis.zadd(ctx.queues.send(name).toKey('marker'), 0, '0');
  } catch (error) {
    const facts = { event: 'queue.marker_not_set', queue: name, reason: reasonOf(error) };
    ctx.log.debug(facts, 'The workers of a queue were not woken; they check it within seconds');
  }
}

/** The part of a BullMQ worker that can be stopped and started; only workers/ may import the class. */
interface PausableWorker {
  pause(doNotWaitActive?: boolean): Promise<void>;
  resume(): Promise<void>;
  isRunning(): boolean;
  readonly closing: Promise<void> | undefined;
}

/** A worker that waits for one of its jobs to end notices a higher concurrency only when it is paused and resumed. */
export function fetchBesideActive(worker: PausableWorker): void {
  void worker.pause(true);
  void worker.resume();
}

const resumeAgainMs = 500;

/**
 * Resumes a worker, and once more if it is not running afterwards: a call of `resume` made while `pause` is still ending
 * has no effect.
 * @param isWanted whether the worker is still to run when it is resumed again
 */
export function resumeSurely(clock: Clock, worker: PausableWorker, isWanted: () => boolean): void {
  void worker.resume();
  clock.after(resumeAgainMs, () => {
    if (!worker.isRunning() && !worker.closing && isWanted()) void worker.resume();
  });
}
