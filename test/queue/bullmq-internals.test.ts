// What the service assumes about BullMQ's insides: if this fails after an upgrade, src/queue/bullmq-internals.ts is to change.
import { type Job, Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../src/clock.js';
import { priorities } from '../../src/domain/priority.js';
import {
  areInPlace,
  bullPriority,
  countJobsBefore,
  fetchBesideActive,
  immediatePriority,
  isUrgentNext,
  type PlacedJob,
  putInPlace,
  resumeSurely,
  setMarker,
} from '../../src/queue/bullmq-internals.js';
import type { Queues } from '../../src/queue/jobs.js';
import { waitFor } from '../support/programs/wait-for.js';
import { type RedisServer, startRedis } from '../support/servers/redis.js';
import { silentLog } from '../support/stage/silent-log.js';

const name = 'send.acme.main';
const prefix = 'mail-proxy';
const key = (part: string) => `${prefix}:${name}:${part}`;
const scoresPerPriority = 2 ** 32;

let server: RedisServer;
let redis: Redis;
let queue: Queue;
let workers: Worker[];
beforeAll(async () => {
  server = await startRedis();
  redis = new Redis(server.url, { maxRetriesPerRequest: null });
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});
beforeEach(async () => {
  await redis.flushall();
  queue = new Queue(name, { connection: redis, prefix });
  workers = [];
});
afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.close(true)));
  await queue.close();
});

function context() {
  const queues = { send: () => queue } as Pick<Queues, 'send'> as Queues;
  return { queues, redis, log: silentLog };
}

async function add(id: string, priority: number, delay = 0): Promise<PlacedJob> {
  await queue.add('send', {}, { jobId: id, priority: bullPriority(priority), delay });
  return { id, priority };
}

function work(run: (job: Job) => Promise<void>, concurrency = 1): Worker {
  const worker = new Worker(name, run, { connection: redis, prefix, concurrency });
  workers.push(worker);
  return worker;
}

const line = () => redis.zrange(key('prioritized'), '0', '-1');
const scoreOf = async (id: string) => Number(await redis.zscore(key('prioritized'), id));

test('jobs with a priority stand in `prioritized`, scored by priority and a counter; delayed jobs do not', async () => {
  await add('first', priorities.immediate);
  await add('second', priorities.immediate);
  await add('third', priorities.low);
  await add('late', priorities.low, 60_000);
  expect(await line()).toEqual(['first', 'second', 'third']);
  const scores = await Promise.all(['first', 'second', 'third'].map(scoreOf));
  expect(scores).toEqual([
    immediatePriority * scoresPerPriority + 1,
    immediatePriority * scoresPerPriority + 2,
    bullPriority(priorities.low) * scoresPerPriority + 3,
  ]);
});

test('a job without a priority stands in a list of its own, where its order would be lost', async () => {
  await queue.add('send', {}, { jobId: 'plain' });
  expect(await line()).toEqual([]);
  expect(await redis.lrange(key('wait'), 0, -1)).toEqual(['plain']);
});

test('a job put back by RateLimitError stands before all of its priority, with the counter 0 and no marker', async () => {
  const id = '02';
  await add(id, priorities.low);
  await add('01', priorities.low);
  const worker = work(async () => {
    await redis.del(key('marker'));
    void worker.pause(true);
    throw Worker.RateLimitError();
  });
  await waitFor(
    'the job to be put back',
    async () => (await line())[0] === id && (await scoreOf(id)) % 2 ** 32 === 0,
  );
  expect(await scoreOf(id)).toBe(bullPriority(priorities.low) * scoresPerPriority);
  expect(await line()).toEqual([id, '01']);
  expect(await redis.exists(key('marker'))).toBe(0);
});

test('jobs put in place stand in the order of their ids, exactly where BullMQ puts them back', async () => {
  const ctx = context();
  const jobs = [
    await add('03', priorities.medium),
    await add('01', priorities.medium),
    await add('02', priorities.high),
  ];
  expect(await areInPlace(ctx, name, jobs)).toEqual([false, false, false]);
  await putInPlace(ctx, name, jobs);
  expect(await areInPlace(ctx, name, jobs)).toEqual([true, true, true]);
  expect(await line()).toEqual(['02', '01', '03']);
  expect(await countJobsBefore(ctx, name, '03')).toBe(2);
  expect(await countJobsBefore(ctx, name, 'unknown')).toBeUndefined();
  const worker = work(async () => {
    void worker.pause(true);
    throw Worker.RateLimitError();
  });
  await waitFor('a job to be put back', async () => !worker.isRunning() && (await line()).length === 3);
  expect(await areInPlace(ctx, name, jobs)).toEqual([true, true, true]);
});

test('putting a job in place does not queue a job that is delayed or active', async () => {
  const ctx = context();
  await putInPlace(ctx, name, [await add('late', priorities.low, 60_000)]);
  expect(await line()).toEqual([]);
});

test('the next job is urgent exactly when an immediate job stands first', async () => {
  const ctx = context();
  expect(await isUrgentNext(ctx, name)).toBe(false);
  await add('usual', priorities.high);
  expect(await isUrgentNext(ctx, name)).toBe(false);
  await add('urgent', priorities.immediate);
  expect(await isUrgentNext(ctx, name)).toBe(true);
});

test('adding a job sets the marker that workers block on; the service sets the same one', async () => {
  await add('any', priorities.low);
  const set = await redis.zrange(key('marker'), '0', '-1', 'WITHSCORES');
  await redis.del(key('marker'));
  await setMarker(context(), name);
  expect(await redis.zrange(key('marker'), '0', '-1', 'WITHSCORES')).toEqual(set);
});

test('the marker wakes a worker that blocks beside a job that was put there without it', async () => {
  const done: string[] = [];
  await add('hidden', priorities.low);
  const place = await scoreOf('hidden');
  await redis.zrem(key('prioritized'), 'hidden');
  await redis.del(key('marker'));
  const worker = work(async ({ id = '' }) => void done.push(id));
  await worker.waitUntilReady();
  await waitFor('the worker to block', async () =>
    String(await redis.client('LIST')).includes('cmd=bzpopmin'),
  );
  await redis.zadd(key('prioritized'), place, 'hidden');
  await setMarker(context(), name);
  const since = systemClock.monotonic();
  await waitFor('the job to run', () => done.length === 1);
  expect(systemClock.monotonic() - since).toBeLessThan(2000);
});

test('a worker whose slots are full fetches beside them once it may have more and is told so', async () => {
  const begun: string[] = [];
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const worker = work(async ({ id = '' }) => {
    begun.push(id);
    await ended;
  });
  await add('slow', priorities.low);
  await waitFor('the slow job to begin', () => begun.length === 1);
  await add('urgent', priorities.immediate);
  worker.concurrency = 2;
  fetchBesideActive(worker);
  await waitFor('the urgent job to begin', () => begun.length === 2);
  expect(begun).toEqual(['slow', 'urgent']);
  end();
});

test('a worker that is resumed while its pause is ending takes jobs again', async () => {
  const done: string[] = [];
  const worker = work(async ({ id = '' }) => void done.push(id));
  await worker.waitUntilReady();
  void worker.pause(true);
  resumeSurely(systemClock, worker, () => true);
  await add('later', priorities.low);
  await waitFor('the job to run', () => done.length === 1);
});
