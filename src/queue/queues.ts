// The BullMQ queues and their names: one for each account's sends, one each for reports, the sweep, retention and mailboxes for bounces.
import { createRedisBackend, Queue, type QueueOptions } from 'bullmq';
import type { Redis } from 'ioredis';
import { expiringMap } from '../concurrency/expiring-map.js';
import type { Needs } from '../context.js';
import type { Owner } from '../domain/owner.js';
import { reasonOf } from '../errors.js';
import type { BounceJob, JobQueue, Queues, ReportJob, SendJob } from './jobs.js';

export const reportQueueName = 'report';
export const sweepQueueName = 'sweep';
export const retentionQueueName = 'retention';
export const bounceQueueName = 'bounce';

/** The account id is encoded, because a queue's name must not have a colon. A tenant id has no dot. */
export function sendQueueName({ tenantId, accountId }: Owner): string {
  return accountId === null ? `send.${tenantId}` : `send.${tenantId}.${encodeURIComponent(accountId)}`;
}

export function ownerOfQueue(name: string): Owner {
  const [, tenantId = '', ...account] = name.split('.');
  return { tenantId, accountId: account.length === 0 ? null : decodeURIComponent(account.join('.')) };
}

/** How long a send queue stays open after its last use, because opening one costs a few commands to Redis. */
const keepMs = 60_000;

export function openQueues(ctx: Needs<'config' | 'log' | 'clock'> & { redis: Redis }): Queues {
  const options: QueueOptions = {
    connection: ctx.redis,
    prefix: ctx.config.redisPrefix,
    defaultJobOptions: { removeOnComplete: true, removeOnFail: true },
    // Nothing reads these streams. At their default length they would take more memory than the jobs.
    streams: { events: { maxLen: 10 } },
  };
  // A queue with a connection object of its own asks Redis for its version and loads every script once more.
  const shared = createRedisBackend('shared', options);
  shared.on('error', (error: Error) =>
    ctx.log.debug({ event: 'queue.fault', err: error }, 'The queues report a fault'),
  );
  const open = <T>(name: string): JobQueue<T> => {
    const queue: JobQueue<T> = new Queue(name, options, () => shared.forQueue(name));
    queue.on('error', (error) =>
      ctx.log.debug({ event: 'queue.fault', err: error, queue: name }, 'A queue reports a fault'),
    );
    return queue;
  };
  const sending = expiringMap<JobQueue<SendJob>>(ctx.clock, keepMs, (queue) => {
    queue
      .close()
      .catch((error: unknown) =>
        ctx.log.debug({ event: 'queue.not_closed', reason: reasonOf(error) }, 'A queue could not be closed'),
      );
  });
  const single = {
    report: open<ReportJob>(reportQueueName),
    sweep: open<unknown>(sweepQueueName),
    retention: open<unknown>(retentionQueueName),
    bounce: open<BounceJob>(bounceQueueName),
  };
  return {
    send(name) {
      const known = sending.get(name);
      if (known) return known;
      const queue = open<SendJob>(name);
      sending.set(name, queue);
      return queue;
    },
    ...single,
    async close() {
      const all = [...Object.values(single), ...sending.values()];
      await Promise.all(all.map((queue) => queue.close()));
      await shared.close();
    },
  };
}
