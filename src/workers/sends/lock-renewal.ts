// Renews the locks of the jobs in hand, so that no other process takes a send that lasts long for that of a dead process.
import { reasonOf } from '../../errors.js';
import type { Needs } from '../context.js';
import { lockMs } from '../worker-options.js';
import type { FetchedJob, SendQueue } from './send-queue.js';

export interface LockRenewal {
  track(job: FetchedJob, source: SendQueue): void;
  untrack(job: FetchedJob): void;
  /** How many jobs of this queue are in hand. */
  count(source: SendQueue): number;
  close(): void;
}

/** A lock is renewed once half of its time has passed, for all jobs of a queue in one call to Redis. */
export function openLockRenewal({ clock, log }: Needs<'clock' | 'log'>): LockRenewal {
  const held = new Map<FetchedJob, { source: SendQueue; lockedAt: number }>();
  const counts = new Map<SendQueue, number>();

  function renew(): void {
    const now = clock.monotonic();
    const due = new Map<SendQueue, string[]>();
    for (const [job, lock] of held) {
      if (now - lock.lockedAt < lockMs / 2 || job.id === undefined) continue;
      lock.lockedAt = now;
      due.set(lock.source, [...(due.get(lock.source) ?? []), job.id]);
    }
    for (const [source, jobIds] of due) {
      source
        .extendLocks(jobIds)
        .catch((error: unknown) =>
          log.debug(
            { event: 'queue.locks_not_renewed', reason: reasonOf(error) },
            'Locks of jobs could not be renewed',
          ),
        );
    }
  }

  const stop = clock.every(lockMs / 4, renew);
  return {
    track(job, source) {
      held.set(job, { source, lockedAt: clock.monotonic() });
      counts.set(source, (counts.get(source) ?? 0) + 1);
    },
    untrack(job) {
      const source = held.get(job)?.source;
      held.delete(job);
      if (source === undefined) return;
      const left = (counts.get(source) ?? 1) - 1;
      if (left > 0) counts.set(source, left);
      else counts.delete(source);
    },
    count: (source) => counts.get(source) ?? 0,
    close: stop,
  };
}
