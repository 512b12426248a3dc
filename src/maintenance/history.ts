// Keeps the history of sending: counts what has happened since the last run, and measures the queues once a minute.
import type { Needs } from '../queue/context.js';
import { countEvents } from '../store/history/count-events.js';
import { sampleQueues } from '../store/history/measure-queues.js';

/** Name of the job on the sweep queue. */
export const historyJob = 'history';

const everyMs = 5000;

/** How long one run goes on. It shares its queue with the sweep, which must not wait long; the next run goes on. */
const stretchMs = 2000;

type HistoryNeeds = Needs<'db' | 'clock' | 'config'>;

/**
 * Running twice, or in two processes at once, counts nothing twice. What is left when it is stopped, the next run counts.
 * @returns how many pages of events it counted
 */
export async function writeHistory(ctx: HistoryNeeds, stop: AbortSignal): Promise<number> {
  if (ctx.config.historyRetentionSeconds === 0) return 0;
  await sampleQueues(ctx);
  const endsAt = ctx.clock.monotonic() + stretchMs;
  for (let pages = 1; ; pages += 1) {
    const beganAt = ctx.clock.monotonic();
    const isMore = await countEvents(ctx);
    const endedAt = ctx.clock.monotonic();
    if (!isMore || stop.aborted || endedAt >= endsAt) return pages;
    // After a long stop there may be millions of events, so it yields half of its time to other work.
    await ctx.clock.sleep(endedAt - beganAt, stop);
  }
}

export async function scheduleHistory(ctx: Needs<'queues'>): Promise<void> {
  await ctx.queues.sweep.upsertJobScheduler(historyJob, { every: everyMs }, { name: historyJob });
}
