// Says whose message this process sends next: it knows which queues may have a job, and has one fetched and delivered
// whenever there is room for a send. One scheduler serves all accounts, over the one connection to Redis that they share.

import { openFairOrder } from '../concurrency/fair-order.js';
import type { InFlight } from '../concurrency/in-flight.js';
import { openLoopWatch } from '../concurrency/loop-watch.js';
import { reservedSlots } from '../send/reserved-slot.js';
import { concurrencyQuotas, underWay } from '../store/tenants/concurrency-quotas.js';
import type { WorkersContext } from './context.js';
import { openQueueState, type QueueState } from './queue-state.js';
import { openSendSlots, sendBounds } from './send-slots.js';
import { openServer } from './serve-queue.js';

export interface Scheduler {
  /** There is, or will soon be, work on this queue. */
  wake(queueName: string, isUrgent?: boolean): void;
  /** The reason why the queue is paused may be gone, and its account may have changed. */
  resume(queueName: string): void;
  /** Resolves when no send is in flight any more. */
  close(): Promise<void>;
}

/** How many queues stay open while they are idle: an open one takes some 30 KB, and the connections of its account. */
const mostOpen = 1000;

/** How many jobs of a queue one slot serves in a row while other accounts of the tenant wait. */
const mostPerTurn = 10;

/**
 * A queue is in one of four states: it may have a job and waits in line, it is being served, it is paused, or it is idle.
 * `lineUp` brings the line up to date after every change of state, and `pump` gives free slots to the queues in line,
 * tenants taking turns.
 */
export function openScheduler(ctx: WorkersContext, inFlight: InFlight): Scheduler {
  const { clock } = ctx;
  const perAccount = ctx.config.maxConcurrentPerAccount;
  /** How many sends of the account its server may have at once, and how many of these need not be of immediate messages. */
  const roomOf = ({ name }: QueueState) => Math.min(perAccount, ctx.transport.room(name));
  const unreserved = (queue: QueueState) => roomOf(queue) - reservedSlots(roomOf(queue));
  const idleMs = ctx.config.accountIdleSeconds * 1000;
  const queues = new Map<string, QueueState>();
  const quotaOf = (tenantId: string) => concurrencyQuotas(ctx, tenantId).max_concurrent_sends;
  const bounds = sendBounds(ctx.config, quotaOf);
  const slots = openSendSlots(clock, bounds, openLoopWatch(clock), underWay(ctx).sends, pump);
  /** The queues that are open in Redis, the one used last at the end. */
  const open = new Set<QueueState>();
  /** Queues that could send: those whose next message may be an immediate one, and all others. */
  const urgent = openFairOrder();
  const usual = openFairOrder();
  const serving = new Set<Promise<void>>();
  let isClosed = false;

  const server = openServer(ctx, inFlight, {
    unreserved,
    isClosed: () => isClosed,
    mayKeepSlot,
    onFetched: lineUp,
    onDue: (queue) => wake(queue.name),
  });

  function stateOf(name: string): QueueState {
    const known = queues.get(name);
    if (known) return known;
    const state = openQueueState(clock, name, lineUp);
    queues.set(name, state);
    return state;
  }

  /** Lines the queue up if it could send, takes it out of line if it could not, and begins what there is room for. */
  function lineUp(queue: QueueState): void {
    const { name, owner, isUrgent } = queue;
    const isReady =
      !isClosed &&
      queue.hasWork &&
      !queue.isFetching &&
      (!queue.pause.isPaused || queue.probesLeft > 0) &&
      queue.active < (isUrgent ? roomOf(queue) : unreserved(queue));
    urgent.set(owner.tenantId, name, isReady && isUrgent);
    usual.set(owner.tenantId, name, isReady && !isUrgent);
    pump();
  }

  function pump(): void {
    for (let name = nextName(); name !== undefined; name = nextName()) {
      const served = serve(stateOf(name));
      serving.add(served);
      void served.finally(() => serving.delete(served));
    }
  }

  function nextName(): string | undefined {
    if (isClosed || !slots.hasRoom(true)) return undefined;
    // Immediate messages go first, and may also use the slots that are reserved for them.
    const first = urgent.next((tenantId) => slots.tenantHasRoom(tenantId, true));
    if (first !== undefined || !slots.hasRoom(false)) return first;
    return usual.next((tenantId) => slots.tenantHasRoom(tenantId, false));
  }

  /** A few jobs in a row save fetches, and connections where the account has no idle one left at its next turn. */
  function mayKeepSlot({ owner }: QueueState, served: number): boolean {
    if (!urgent.isEmpty || usual.hasOther(owner.tenantId)) return false;
    return served < mostPerTurn || usual.isEmpty;
  }

  async function serve(queue: QueueState): Promise<void> {
    queue.active += 1;
    const slot = slots.take(queue.owner.tenantId);
    await server.serve(queue, slot);
    queue.active -= 1;
    queue.lastUsedAt = clock.now();
    slot.release();
    open.delete(queue);
    if (queue.source !== undefined) open.add(queue);
    closeOldest();
    lineUp(queue);
  }

  function wake(name: string, isUrgent = false): void {
    if (isClosed) return;
    const queue = stateOf(name);
    queue.announcements += 1;
    // A paused queue fetches one job all the same, so that the event of its message says why it waits.
    if (queue.pause.isPaused && !queue.hasProbed) {
      queue.hasProbed = true;
      queue.probesLeft += 1;
    }
    queue.hasWork = true;
    queue.isUrgent ||= isUrgent;
    queue.lastUsedAt = clock.now();
    queue.pause.noteWork();
    lineUp(queue);
  }

  async function resume(name: string): Promise<void> {
    ctx.transport.closeIdle(name);
    const queue = queues.get(name);
    if (queue === undefined) return;
    await server.refresh(queue);
    queue.announcements += 1;
    queue.hasWork = true;
    queue.pause.resume();
    lineUp(queue);
  }

  ctx.transport.watchRoom((name) => {
    const queue = queues.get(name);
    if (queue !== undefined) lineUp(queue);
  });

  const stopForgetting = clock.every(Math.max(1000, idleMs / 4), () => {
    for (const queue of queues.values()) if (isIdle(queue)) forget(queue);
  });

  function isIdle(queue: QueueState): boolean {
    const waits = queue.hasWork || queue.pause.isPaused || queue.cancelTimer !== undefined;
    return queue.active === 0 && !waits && clock.now() - queue.lastUsedAt >= idleMs;
  }

  /** A process that has served thousands of accounts must not hold their connections for good. */
  function forget(queue: QueueState): void {
    queues.delete(queue.name);
    close(queue);
  }

  /** Closes the queue in Redis and the account's connections. The next fetch opens them again. */
  function close(queue: QueueState): void {
    open.delete(queue);
    ctx.transport.closeIdle(queue.name);
    void queue.source?.close();
    queue.source = undefined;
  }

  /** Those at the front that are in use come to the end when their send ends, so one of them ends the search. */
  function closeOldest(): void {
    for (const queue of open) {
      if (open.size <= mostOpen || queue.active > 0) return;
      close(queue);
    }
  }

  return {
    wake,
    resume: (name) => void resume(name),
    async close() {
      isClosed = true;
      stopForgetting();
      for (const queue of queues.values()) {
        queue.cancelTimer?.();
        queue.pause.close();
        lineUp(queue);
      }
      await Promise.all(serving);
      server.close();
      await Promise.all([...queues.values()].map((queue) => queue.source?.close()));
    },
  };
}
