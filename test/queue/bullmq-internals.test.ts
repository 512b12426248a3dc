// What the service assumes about BullMQ's insides: if this fails after an upgrade, src/queue/bullmq-internals.ts is to change.
import { createRedisBackend, type IQueueBackend, Job, Queue, Worker, type WorkerOptions } from 'bullmq';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { priorities } from '../../src/domain/priority.js';
import {
  areInPlace,
  isUrgentNext,
  nextDelayedAt,
  type PlacedJob,
  putInPlace,
} from '../../src/queue/bullmq-internals.js';
import { bullPriority, immediatePriority } from '../../src/queue/job-priority.js';
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
  await putInPlace(ctx, [[name, jobs]]);
  expect(await areInPlace(ctx, name, jobs)).toEqual([true, true, true]);
  expect(await line()).toEqual(['02', '01', '03']);
  const worker = work(async () => {
    void worker.pause(true);
    throw Worker.RateLimitError();
  });
  await waitFor('a job to be put back', async () => !worker.isRunning() && (await line()).length === 3);
  expect(await areInPlace(ctx, name, jobs)).toEqual([true, true, true]);
});

test('putting a job in place does not queue a job that is delayed or active', async () => {
  const ctx = context();
  await putInPlace(ctx, [[name, [await add('late', priorities.low, 60_000)]]]);
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

test('the score of a delayed job tells when it is due', async () => {
  expect(await nextDelayedAt(context(), name)).toBeUndefined();
  const before = Date.now();
  await add('later', priorities.low, 60_000);
  await add('sooner', priorities.low, 30_000);
  const at = (await nextDelayedAt(context(), name)) ?? 0;
  expect(at).toBeGreaterThanOrEqual(before + 30_000);
  expect(at).toBeLessThanOrEqual(Date.now() + 30_000);
});

test('a worker whose backend is a sibling of another one opens no connection, and fetches by hand', async () => {
  const count = async () =>
    String(await redis.client('LIST'))
      .trim()
      .split('\n').length;
  const connections = await count();
  const options: WorkerOptions = { connection: redis, prefix, lockDuration: 10_000 };
  const backend = createRedisBackend('send', options);
  const worker = new Worker<object, unknown, string, IQueueBackend>(
    name,
    null,
    { ...options, autorun: false },
    () => backend.forQueue(name),
  );
  await add('first', priorities.low);
  await add('second', priorities.low);
  const job = await worker.getNextJob('token', { block: false });
  expect([job?.id, await queue.getActiveCount()]).toEqual(['first', 1]);
  const [next, id] = (await job?.moveToCompleted(undefined, 'token', true)) ?? [];
  expect([typeof next, id]).toEqual(['object', 'second']);
  await Job.fromJSON(worker, next, id).moveToWait('token');
  expect(await scoreOf('second')).toBe(bullPriority(priorities.low) * scoresPerPriority);
  expect(await count()).toBe(connections);
  await worker.close();
});

test('a job whose lock has run out is put into the list that is fetched first, at the second call that finds it', async () => {
  const options: WorkerOptions = {
    connection: redis,
    prefix,
    lockDuration: 50,
    stalledInterval: 1,
    maxStalledCount: 9,
  };
  const backend = createRedisBackend('send', options).forQueue(name);
  const worker = new Worker<object, unknown, string, IQueueBackend>(
    name,
    null,
    { ...options, autorun: false },
    () => backend,
  );
  await add('left', priorities.low);
  await worker.getNextJob('token of a process that dies', { block: false });
  expect(await line()).toEqual([]);
  await waitFor('the job to be put back', async () => {
    await backend.moveStalledJobsToWait();
    return (await redis.lrange(key('wait'), 0, -1)).includes('left');
  });
  await worker.close();
});
