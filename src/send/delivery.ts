// What an attempt needs, and what the queue of its account is to do after it. Types only.
import type { Needs } from './context.js';

export type DeliverNeeds = Needs<
  | 'config'
  | 'clock'
  | 'log'
  | 'metrics'
  | 'db'
  | 'processId'
  | 'batched'
  | 'buildBudget'
  | 'transport'
  | 'enqueueSend'
  | 'enqueueReport'
>;

export type Delivery =
  | { kind: 'done' }
  /**
   * The queue rests until then (milliseconds since the epoch), or until it is woken; `putBack`: the job goes back to its
   * place at the head of the queue.
   */
  | { kind: 'pause'; until: number | undefined; putBack: boolean }
  /** Nothing was begun, because the database is away: the job goes back to its place, and the queue rests a little. */
  | { kind: 'database_unavailable'; reason: string };
