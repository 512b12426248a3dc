// One account's BullMQ queue as the scheduler uses it: jobs are fetched by hand, over the connection that all queues share.
import { createRedisBackend, type IQueueBackend, Job, Worker, type WorkerOptions } from 'bullmq';
import { nextDelayedAt } from '../../queue/bullmq-internals.js';
import type { SendJob } from '../../queue/jobs.js';
import type { Needs } from '../context.js';
import { workerOptions } from '../worker-options.js';

/** Fetched, and locked by this process until it is completed, put back or failed. */
export type FetchedJob = Job<SendJob>;

export interface SendQueue {
  /** Milliseconds between two jobs at least, over all processes; undefined: no such pace. */
  readonly spreadMs: number | undefined;
  /** The next job that is due; undefined when there is none, or the pace holds it back. */
  fetch(): Promise<FetchedJob | undefined>;
  /** @returns the next job, when it is asked for in the same call */
  complete(job: FetchedJob, fetchNext: boolean): Promise<FetchedJob | undefined>;
  /** Back to its place at the head of its priority. */
  putBack(job: FetchedJob): Promise<void>;
  fail(job: FetchedJob, error: Error): Promise<void>;
  /** Renews the locks of jobs that take long, so that no other process takes them for stalled. */
  extendLocks(jobIds: string[]): Promise<void>;
  /** After a fetch without a job: when there may be one without an announcement, milliseconds since the epoch; undefined: never. */
  nextAt(): Promise<number | undefined>;
  /** Puts back jobs whose lock has run out, because their process died. BullMQ does so at the second call that sees them. */
  putStalledBack(): Promise<void>;
  close(): Promise<void>;
}

type OpenSendQueue = (name: string, spreadMs: number | undefined) => SendQueue;

/** BullMQ fails a job that stalled more often. A send job is never failed for that: its message decides what becomes of it. */
const maxStalledCount = 1_000_000;

type QueueNeeds = Needs<'redis' | 'config' | 'queues' | 'clock' | 'log' | 'processId'>;
type Backend = ReturnType<typeof createRedisBackend>;

/**
 * A BullMQ worker opens two connections and waits for jobs with a blocking command. A worker without a processor whose
 * backend is one of ours does neither: 10,000 of them share one connection, take some 300 MB, and fetch and complete
 * 3,000 jobs a second between them.
 */
export function openSendQueues(ctx: QueueNeeds): OpenSendQueue {
  const backends = new Map<number | undefined, Backend>();

  /** The limiter is an option of the backend, so there is one backend for every pace in use. */
  function backendFor(spreadMs: number | undefined): Backend {
    const known = backends.get(spreadMs);
    if (known) return known;
    // It smooths only: what may be sent is for the send log to say.
    const limiter = spreadMs === undefined ? {} : { limiter: { max: 1, duration: spreadMs } };
    const options: WorkerOptions = { ...workerOptions(ctx), ...limiter, maxStalledCount };
    const backend = createRedisBackend('send', options);
    backend.on('error', (error: Error) =>
      ctx.log.debug({ event: 'queue.worker_fault', err: error }, 'The send queues met a fault'),
    );
    backends.set(spreadMs, backend);
    return backend;
  }

  return (name, spreadMs) => openSendQueue(ctx, backendFor(spreadMs), name, spreadMs);
}

/** The worker never runs by itself. It serves only as the owner of the fetched jobs, whose locks carry its token. */
function openSendQueue(
  ctx: QueueNeeds,
  shared: Backend,
  name: string,
  spreadMs: number | undefined,
): SendQueue {
  const token = ctx.processId;
  const { lockDuration = 0, ...options } = workerOptions(ctx);
  const { own, delays } = openBackend(shared, name);
  const worker = new Worker<SendJob, unknown, string, IQueueBackend>(
    name,
    null,
    { ...options, lockDuration, autorun: false },
    () => own,
  );
  worker.on('error', (error) =>
    ctx.log.debug({ event: 'queue.worker_fault', err: error, queue: name }, 'A send queue met a fault'),
  );
  const backend = worker.getBackend();
  return {
    spreadMs,
    fetch: () => worker.getNextJob(token, { block: false }),
    async complete(job, fetchNext) {
      const [next, id, , delayedUntil] = (await job.moveToCompleted(undefined, token, fetchNext)) ?? [];
      if (fetchNext) delays.firstAt = Number(delayedUntil);
      if (!next) return undefined;
      const fetched = Job.fromJSON<SendJob>(worker, next, id);
      fetched.token = token;
      return fetched;
    },
    async putBack(job) {
      try {
        await job.moveToWait(token);
      } catch (error) {
        // The queue was removed meanwhile, with its deleted account, and the job with it.
        if (!isGone(error)) throw error;
      }
    },
    async fail(job, error) {
      await job.moveToFailed(error, token, false);
    },
    async extendLocks(jobIds) {
      const tokens = jobIds.map(() => token);
      await worker.extendJobLocks(jobIds, tokens, lockDuration);
    },
    async nextAt() {
      if (spreadMs === undefined) return delays.firstAt ? Math.floor(delays.firstAt) : undefined;
      // With a pace, waiting jobs may be held back although none is delayed.
      const pauseMs = await ctx.queues.send(name).getRateLimitTtl();
      return pauseMs > 0 ? ctx.clock.now() + pauseMs : nextDelayedAt(ctx, name);
    },
    async putStalledBack() {
      await backend.moveStalledJobsToWait();
    },
    close: () => worker.close(),
  };
}

/** The answer to a fetch also says when the first delayed job is due, which BullMQ keeps to itself. */
function openBackend(shared: Backend, name: string) {
  /** As the last fetch told; 0: none is delayed. */
  const delays = { firstAt: 0 };
  const own = shared.forQueue(name);
  const move = own.moveToActive.bind(own);
  own.moveToActive = async (...given) => {
    const answer = await move(...given);
    delays.firstAt = Number(answer[3]);
    return answer;
  };
  return { own, delays };
}

/** BullMQ's codes for a job that is not in Redis, and for one without the lock that this process had. */
const goneCodes = [-1, -2];

function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && goneCodes.includes(Number(error.code));
}
