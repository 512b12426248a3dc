// Fetches the next job of a queue. Where there is none, sets a timer for the next one that comes without an announcement.
import type { Owner } from '../../domain/owner.js';
import { reasonOf } from '../../errors.js';
import { isUrgentNext } from '../../queue/bullmq-internals.js';
import { findAccountBatched } from '../../store/accounts/sending-accounts.js';
import { wakeAheadMs } from '../../store/schedule/sweep-schedule.js';
import type { WorkersContext } from '../context.js';
import type { QueueState } from './queue-state.js';
import type { FetchedJob, SendQueue } from './send-queue.js';
import type { ServerParts } from './server-parts.js';

/** How long a queue pauses when Redis fails. */
const redisPauseMs = 500;

/** @returns undefined also where Redis fails, after pausing the queue */
export async function fetchJob(parts: ServerParts, queue: QueueState): Promise<FetchedJob | undefined> {
  const { ctx, hooks } = parts;
  queue.isFetching = true;
  if (queue.pause.isPaused) queue.probesLeft -= 1;
  const { announcements } = queue;
  const asked = queue.pause.epoch();
  try {
    if (queue.active > hooks.unreserved(queue) && !(await isUrgentNext(ctx, queue.name))) {
      queue.isUrgent = false;
      return undefined;
    }
    queue.source ??= parts.openQueue(queue.name, await spreadOf(ctx, queue.owner));
    const job = await queue.source.fetch();
    if (job === undefined) await noteEmpty(parts, queue, queue.source, announcements);
    return job;
  } catch (error) {
    ctx.log.debug(
      { event: 'queue.not_fetched', reason: reasonOf(error), queue: queue.name },
      'No job could be fetched',
    );
    queue.pause.pause(ctx.clock.now() + redisPauseMs, asked);
    return undefined;
  } finally {
    queue.isFetching = false;
  }
}

/**
 * Nothing of the queue is due now. Sets a timer where that will change without an announcement.
 * @param announcements as they were before the fetch: a later one makes its answer out of date
 */
export async function noteEmpty(
  { ctx, hooks, stalled }: ServerParts,
  queue: QueueState,
  source: SendQueue,
  announcements: number,
): Promise<void> {
  const { clock } = ctx;
  if (queue.announcements !== announcements) return;
  queue.hasWork = false;
  queue.isUrgent = false;
  stalled.note(queue);
  const nextAt = await source.nextAt();
  if (nextAt === undefined || hooks.isClosed()) return;
  const inMs = nextAt - clock.now();
  // The sweep announces jobs that are due later.
  if (inMs > horizonMs(ctx)) return;
  queue.cancelTimer?.();
  queue.cancelTimer = clock.after(Math.max(0, inMs), () => {
    queue.cancelTimer = undefined;
    hooks.onDue(queue);
  });
}

function horizonMs({ config }: WorkersContext): number {
  return config.accountIdleSeconds * 1000 + 2 * wakeAheadMs(config);
}

/** Opens the queue anew where the pace of its account has changed. */
export async function refreshQueue({ ctx, openQueue }: ServerParts, queue: QueueState): Promise<void> {
  const spreadMs = await spreadOf(ctx, queue.owner);
  if (queue.source === undefined || queue.source.spreadMs === spreadMs) return;
  void queue.source.close();
  queue.source = openQueue(queue.name, spreadMs);
}

async function spreadOf(ctx: WorkersContext, owner: Owner): Promise<number | undefined> {
  try {
    return (await findAccountBatched(ctx, owner, undefined))?.spreadMs;
  } catch (error) {
    ctx.log.debug(
      { event: 'account.not_read', reason: reasonOf(error) },
      'An account could not be read; its sends are not spread',
    );
    return undefined;
  }
}
