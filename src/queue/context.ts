// What the queue and the stages that use it need: the store and Redis. Types only.
import type { Redis } from 'ioredis';
import type { StoreContext } from '../store/context.js';
import type { EnqueueReport, EnqueueSend, Queues } from './jobs.js';
import type { RedisWatch } from './redis/watch-redis.js';

export interface QueueContext extends StoreContext {
  /** For commands; blocking commands have connections of their own. */
  redis: Redis;
  redisWatch: RedisWatch;
  queues: Queues;
  enqueueSend: EnqueueSend;
  enqueueReport: EnqueueReport;
}

/** The slice that a function needs: `ctx: Needs<'db' | 'queues'>`. */
export type Needs<K extends keyof QueueContext> = Pick<QueueContext, K>;
