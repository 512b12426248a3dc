// Says whose message this process sends next: it knows which queues may have a job, and has one fetched and delivered
// whenever there is room for a send. One scheduler serves all accounts, over the one connection to Redis that they share.

import type { InFlight } from '../../concurrency/in-flight.js';
import { openLoopWatch } from '../../concurrency/loop-watch.js';
import { reservedSlots } from '../../send/reserved-slot.js';
import { concurrencyQuotas, inFlightByTenant } from '../../store/tenants/concurrency-quotas.js';
import type { WorkersContext } from '../context.js';
import { type KnownQueues, openKnownQueues } from './known-queues.js';
import type { QueueState } from './queue-state.js';
import { openSendLine, type SendLine } from './send-line.js';
import { openSendSlots, type SendSlots, sendBounds } from './send-slots.js';
import { openServer, type Server } from './serve-queue.js';

export interface Scheduler {
  /** There is, or will soon be, work on this queue. */
  wake(queueName: string, isUrgent?: boolean): void;
  /** The reason why the queue is paused may be gone, and its account may have changed. */
  resume(queueName: string): void;
  /** Resolves when no send is in flight any more. */
  close(): Promise<void>;
}

interface SchedulerState {
  ctx: WorkersContext;
  queues: KnownQueues;
  line: SendLine;
  slots: SendSlots;
  server: Server;
  serving: Set<Promise<void>>;
  isClosed: boolean;
}

/**
 * A queue is in one of four states: it may have a job and waits in line, it is being served, it is paused, or it is idle.
 * `lineUp` brings the line up to date after every change of state, and `pump` gives free slots to the queues in line,
 * tenants taking turns.
 */
export function openScheduler(ctx: WorkersContext, inFlight: InFlight): Scheduler {
  const { clock, config } = ctx;
  const bounds = sendBounds(config, (tenantId) => concurrencyQuotas(ctx, tenantId).max_concurrent_sends);
  const { sends } = inFlightByTenant(ctx);
  const slots = openSendSlots(clock, bounds, openLoopWatch(clock), sends, () => pump(state));
  const line = openSendLine(slots);
  const server = openServer(ctx, inFlight, {
    unreserved: (queue) => unreserved(ctx, queue),
    isClosed: () => state.isClosed,
    mayKeepSlot: line.mayKeepSlot,
    onFetched: (queue) => lineUp(state, queue),
    onDue: (queue) => wake(state, queue.name, false),
  });
  const queues = openKnownQueues(ctx, (queue) => lineUp(state, queue));
  const serving = new Set<Promise<void>>();
  const state: SchedulerState = {
    ctx,
    queues,
    line,
    slots,
    server,
    serving,
    isClosed: false,
  };
  ctx.transport.watchRoom((name) => {
    const queue = queues.find(name);
    if (queue !== undefined) lineUp(state, queue);
  });
  return {
    wake: (name, isUrgent = false) => wake(state, name, isUrgent),
    resume: (name) => void resume(state, name),
    close: () => close(state),
  };
}

/** How many sends of the account its server may have at once. */
function roomOf({ config, transport }: WorkersContext, { name }: QueueState): number {
  return Math.min(config.maxConcurrentPerAccount, transport.room(name));
}

/** How many of these need not be of immediate messages. */
function unreserved(ctx: WorkersContext, queue: QueueState): number {
  const room = roomOf(ctx, queue);
  return room - reservedSlots(room);
}

/** Lines the queue up if it could send, takes it out of line if it could not, and begins what there is room for. */
function lineUp(state: SchedulerState, queue: QueueState): void {
  const isReady =
    !state.isClosed &&
    queue.hasWork &&
    !queue.isFetching &&
    (!queue.pause.isPaused || queue.probesLeft > 0) &&
    queue.active < (queue.isUrgent ? roomOf(state.ctx, queue) : unreserved(state.ctx, queue));
  state.line.set(queue, isReady);
  pump(state);
}

function pump(state: SchedulerState): void {
  const { line, queues, serving } = state;
  while (!state.isClosed) {
    const name = line.next();
    if (name === undefined) return;
    const served = serve(state, queues.stateOf(name));
    serving.add(served);
    void served.finally(() => serving.delete(served));
  }
}

async function serve(state: SchedulerState, queue: QueueState): Promise<void> {
  queue.active += 1;
  const slot = state.slots.take(queue.owner.tenantId);
  await state.server.serve(queue, slot);
  queue.active -= 1;
  slot.release();
  state.queues.noteUsed(queue);
  lineUp(state, queue);
}

function wake(state: SchedulerState, name: string, isUrgent: boolean): void {
  if (state.isClosed) return;
  const queue = state.queues.stateOf(name);
  queue.announcements += 1;
  // A paused queue fetches one job all the same, so that the event of its message says why it waits.
  if (queue.pause.isPaused && !queue.hasProbed) {
    queue.hasProbed = true;
    queue.probesLeft += 1;
  }
  queue.hasWork = true;
  queue.isUrgent ||= isUrgent;
  queue.lastUsedAt = state.ctx.clock.now();
  queue.pause.noteWork();
  lineUp(state, queue);
}

async function resume(state: SchedulerState, name: string): Promise<void> {
  state.ctx.transport.closeIdle(name);
  const queue = state.queues.find(name);
  if (queue === undefined) return;
  await state.server.refresh(queue);
  queue.announcements += 1;
  queue.hasWork = true;
  queue.pause.resume();
  lineUp(state, queue);
}

async function close(state: SchedulerState): Promise<void> {
  state.isClosed = true;
  state.queues.stop();
  for (const queue of state.queues.all()) {
    queue.cancelTimer?.();
    queue.pause.close();
    lineUp(state, queue);
  }
  await Promise.all(state.serving);
  state.server.close();
  await state.queues.close();
}
