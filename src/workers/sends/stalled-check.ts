// Finds jobs that a process left locked when it died: some time after a queue was found empty, whether others hold jobs of it.
import { reasonOf } from '../../errors.js';
import { countActive } from '../../queue/bullmq-internals.js';
import type { WorkersContext } from '../context.js';
import type { LockRenewal } from './lock-renewal.js';
import type { QueueState } from './queue-state.js';

export interface StalledCheck {
  /** No job of the queue is due. */
  note(queue: QueueState): void;
  close(): void;
}

/** A queue that is emptied again and again is checked once. */
const firstCheckMs = 1000;
/** How often a queue is checked whose jobs another process has locked, because that process may have died. */
const nextCheckMs = 5000;

/** Queues that are asked about in one call to Redis. */
const mostAtOnce = 500;

/**
 * Asks for all queues of a moment in one call, away from the sends.
 * @param onDue is told a queue whose jobs others hold: it may have a job again
 */
export function openStalledCheck(
  ctx: Pick<WorkersContext, 'clock' | 'log' | 'queues' | 'redis'>,
  locks: Pick<LockRenewal, 'count'>,
  onDue: (queue: QueueState) => void,
): StalledCheck {
  /** The queues to be checked, with the time when. */
  const noted = new Map<QueueState, number>();
  let isChecking = false;

  async function check(): Promise<void> {
    const now = ctx.clock.monotonic();
    const due = [...noted].filter(([, at]) => at <= now).map(([queue]) => queue);
    for (let at = 0; at < due.length; at += mostAtOnce) {
      const some = due.slice(at, at + mostAtOnce);
      const active = await countActive(
        ctx,
        some.map(({ name }) => name),
      );
      for (const [i, queue] of some.entries()) {
        noted.delete(queue);
        const own = queue.source === undefined ? 0 : locks.count(queue.source);
        if ((active[i] ?? 0) <= own) continue;
        noted.set(queue, now + nextCheckMs);
        await queue.source?.putStalledBack();
        onDue(queue);
      }
    }
  }

  async function tryCheck(): Promise<void> {
    if (isChecking || noted.size === 0 || ctx.redis.status !== 'ready') return;
    isChecking = true;
    try {
      await check();
    } catch (error) {
      const facts = { event: 'queue.stalled_not_checked', reason: reasonOf(error) };
      ctx.log.debug(facts, 'Jobs of dead processes could not be looked for');
    }
    isChecking = false;
  }

  const close = ctx.clock.every(firstCheckMs, () => void tryCheck());
  return {
    note(queue) {
      if (!noted.has(queue)) noted.set(queue, ctx.clock.monotonic() + firstCheckMs);
    },
    close,
  };
}
