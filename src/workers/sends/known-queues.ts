// The queues that this process knows: it forgets those that are idle, and keeps a bounded number open in Redis.
import type { WorkersContext } from '../context.js';
import { openQueueState, type QueueState } from './queue-state.js';

export interface KnownQueues {
  /** The state of the queue. A queue that was not known is known from now on. */
  stateOf(name: string): QueueState;
  find(name: string): QueueState | undefined;
  all(): Iterable<QueueState>;
  /** Call this when a send of the queue has ended. */
  noteUsed(queue: QueueState): void;
  /** Forgets no more queues. */
  stop(): void;
  /** Closes all queues in Redis. */
  close(): Promise<void>;
}

/** How many queues stay open while they are idle: an open one takes some 30 KB, and the connections of its account. */
const mostOpen = 1000;

type QueueNeeds = Pick<WorkersContext, 'clock'> & {
  config: Pick<WorkersContext['config'], 'accountIdleSeconds'>;
  transport: Pick<WorkersContext['transport'], 'closeIdle'>;
};

/** @param onResumed is called when a pause of a queue has ended */
export function openKnownQueues(ctx: QueueNeeds, onResumed: (queue: QueueState) => void): KnownQueues {
  const { clock } = ctx;
  const idleMs = ctx.config.accountIdleSeconds * 1000;
  const queues = new Map<string, QueueState>();
  /** The queues that are open in Redis, the one used last at the end. */
  const open = new Set<QueueState>();

  const stop = clock.every(Math.max(1000, idleMs / 4), () => {
    for (const queue of queues.values()) {
      if (!isIdle(queue) || clock.now() - queue.lastUsedAt < idleMs) continue;
      queues.delete(queue.name);
      closeOne(ctx, open, queue);
    }
  });

  return {
    stateOf(name) {
      const state = queues.get(name) ?? openQueueState(clock, name, onResumed);
      queues.set(name, state);
      return state;
    },
    find: (name) => queues.get(name),
    all: () => queues.values(),
    noteUsed(queue) {
      queue.lastUsedAt = clock.now();
      open.delete(queue);
      if (queue.source !== undefined) open.add(queue);
      closeOldest(ctx, open);
    },
    stop,
    async close() {
      await Promise.all([...queues.values()].map((queue) => queue.source?.close()));
    },
  };
}

function isIdle(queue: QueueState): boolean {
  const waits = queue.hasWork || queue.pause.isPaused || queue.cancelTimer !== undefined;
  return queue.active === 0 && !waits;
}

/** A queue at the front that is in use comes to the end when its send ends, so the first of them ends the search. */
function closeOldest(ctx: QueueNeeds, open: Set<QueueState>): void {
  for (const queue of open) {
    if (open.size <= mostOpen || queue.active > 0) return;
    closeOne(ctx, open, queue);
  }
}

/** Closes the queue in Redis and the account's connections. The next fetch opens them again. */
function closeOne({ transport }: QueueNeeds, open: Set<QueueState>, queue: QueueState): void {
  open.delete(queue);
  transport.closeIdle(queue.name);
  void queue.source?.close();
  queue.source = undefined;
}
