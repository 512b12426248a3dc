// What the scheduler knows of one account's queue.
import type { Clock } from '../../clock.js';
import type { Owner } from '../../domain/owner.js';
import { ownerOfQueue } from '../../queue/queues.js';
import { openQueuePause, type QueuePause } from './queue-pause.js';
import type { SendQueue } from './send-queue.js';

/**
 * Plain data that the scheduler and the server change. The scheduler reads it after each change and decides whether the
 * queue gets a slot.
 */
export interface QueueState {
  readonly name: string;
  readonly owner: Owner;
  readonly pause: QueuePause;
  /** The queue in Redis. It is opened at the first fetch. */
  source: SendQueue | undefined;
  /** Whether a fetch may find a job. */
  hasWork: boolean;
  /** Whether the next job may be an immediate message. */
  isUrgent: boolean;
  isFetching: boolean;
  /**
   * How many jobs a paused queue still fetches, so that the messages at its head learn why they wait: as many as fit into
   * the account's slots when the pause begins, and one when work is announced.
   */
  probesLeft: number;
  /** Whether the queue has probed for announced work since it was paused. */
  hasProbed: boolean;
  /** Sends in flight, the fetch included. */
  active: number;
  /** Rises with every announcement, so that a fetch that found nothing notices those made meanwhile. */
  announcements: number;
  /** Cancels the timer for jobs that are delayed, or that another process may have left behind. */
  cancelTimer: (() => void) | undefined;
  lastUsedAt: number;
}

/** @param onResumed is called when a pause of the queue has ended */
export function openQueueState(
  clock: Pick<Clock, 'now' | 'after'>,
  name: string,
  onResumed: (queue: QueueState) => void,
): QueueState {
  const state: QueueState = {
    name,
    owner: ownerOfQueue(name),
    pause: openQueuePause(clock, () => {
      state.hasProbed = false;
      state.probesLeft = 0;
      onResumed(state);
    }),
    source: undefined,
    hasWork: false,
    isUrgent: false,
    isFetching: false,
    probesLeft: 0,
    hasProbed: false,
    active: 0,
    announcements: 0,
    cancelTimer: undefined,
    lastUsedAt: clock.now(),
  };
  return state;
}
