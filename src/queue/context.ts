// What the queue and the stages behind it are given: the store, and how to reach Redis. Types only.
import type { Redis } from 'ioredis';
import type { StoreContext } from '../store/context.js';
import type { EnqueueReport, EnqueueSend, Queues } from './jobs.js';

export interface QueueContext extends StoreContext {
  /** For commands. Blocking commands get connections of their own. */
  redis: Redis;
  queues: Queues;
  enqueueSend: EnqueueSend;
  enqueueReport: EnqueueReport;
}

/** The slice that a function needs: `ctx: Needs<'db' | 'queues'>`. */
export type Needs<K extends keyof QueueContext> = Pick<QueueContext, K>;
