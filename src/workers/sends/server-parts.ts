// What the steps of serving a queue share. Types only.
import type { InFlight } from '../../concurrency/in-flight.js';
import type { WorkersContext } from '../context.js';
import type { Outage } from './database-outage.js';
import type { LockRenewal } from './lock-renewal.js';
import type { QueueState } from './queue-state.js';
import type { SendQueue } from './send-queue.js';
import type { StalledCheck } from './stalled-check.js';

export interface ServerParts {
  ctx: WorkersContext;
  inFlight: InFlight;
  hooks: SchedulerHooks;
  openQueue(name: string, spreadMs: number | undefined): SendQueue;
  outage: Outage;
  locks: LockRenewal;
  stalled: StalledCheck;
}

/** What the server asks and tells the scheduler. */
export interface SchedulerHooks {
  /** How many sends of one account may be in flight that are not known to be of immediate messages. */
  unreserved(queue: QueueState): number;
  isClosed(): boolean;
  /** Whether the slot may go on with this queue, after so many of its jobs. */
  mayKeepSlot(queue: QueueState, served: number): boolean;
  /** A fetch has ended: the queue may be lined up for another one. */
  onFetched(queue: QueueState): void;
  /** The queue may have work again, without an announcement. */
  onDue(queue: QueueState): void;
}
