// What the queue and the stages that use it need: the store and Redis. Types only.
import type { Redis } from 'ioredis';
import type { StoreContext } from '../store/context.js';
import type { EnqueueReport, EnqueueSend, Queues } from './jobs.js';
import type { WakeChannel } from './wake-channel.js';

export interface QueueContext extends StoreContext {
  /** For commands; blocking commands have connections of their own. */
  redis: Redis;
  redisWatch: RedisWatch;
  queues: Queues;
  wakes: WakeChannel;
  enqueueSend: EnqueueSend;
  enqueueReport: EnqueueReport;
}

export interface RedisWatch {
  /** What is wrong with Redis, in a sentence, as of the last check; undefined: nothing. */
  fault(): string | undefined;
  /** Checks at once. @returns as `fault` @throws the error of Redis */
  check(): Promise<string | undefined>;
  close(): void;
}

/** The slice that a function needs: `ctx: Needs<'db' | 'queues'>`. */
export type Needs<K extends keyof QueueContext> = Pick<QueueContext, K>;
