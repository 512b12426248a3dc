// What an attempt needs, and what the account's queue does after it. Types only.
import type { Needs } from './context.js';

export type DeliverNeeds = Needs<
  | 'config'
  | 'clock'
  | 'log'
  | 'metrics'
  | 'memory'
  | 'db'
  | 'processId'
  | 'secrets'
  | 'sendClock'
  | 'buildBudget'
  | 'contentBudget'
  | 'transport'
  | 'fetchAttachment'
  | 'offload'
  | 'enqueueSend'
  | 'enqueueReport'
>;

export type Delivery =
  | { kind: 'done' }
  /**
   * The queue pauses until that time (milliseconds since the epoch), or, without one, until it is woken. With `putBack`
   * the job returns to the head of the queue.
   */
  | { kind: 'pause'; until: number | undefined; putBack: boolean }
  /** No attempt was made, because other processes have all connections of the account: the job returns to its queue. */
  | { kind: 'no_room' }
  /** No attempt was begun: the job returns to the head of the queue, which pauses briefly. */
  | { kind: 'database_unavailable'; reason: string };
