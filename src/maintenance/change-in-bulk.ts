// Makes the changes of many messages, a page of each change in turn, and puts the messages on their queues anew.
import { openTimeLimit } from '../concurrency/time-limit.js';
import { reasonOf } from '../errors.js';
import { addSendJobs } from '../queue/add-send-jobs.js';
import type { Needs } from '../queue/context.js';
import { removeJobs } from '../queue/remove-jobs.js';
import { askOnce, bulkJob } from '../queue/sweep-jobs.js';
import { type BulkChange, endBulkChange, findRunning, moveOn } from '../store/bulk/bulk-changes.js';
import { changeMessages } from '../store/bulk/change-messages.js';
import { selectPage } from '../store/bulk/select-page.js';
import { isUnavailable } from '../store/db/unavailable.js';

type BulkNeeds = Needs<
  'db' | 'clock' | 'redis' | 'queues' | 'wakes' | 'config' | 'log' | 'metrics' | 'enqueueReport'
>;

/** On SQLite the statements of a page block the process. */
const pageSize = 200;

/** How long one job goes on. It shares its queue with the sweep, which must not wait long. */
const stretchMs = 3000;

/** Runs until no change is left. A process that dies over it leaves the rest to the next sweep (`goOnChanging`). */
export async function runBulkChanges(ctx: BulkNeeds, stop: AbortSignal): Promise<void> {
  const { signal, end } = openTimeLimit(ctx.clock, stretchMs, stop);
  try {
    for (let running = await findRunning(ctx); running.length > 0; running = await findRunning(ctx)) {
      for (const change of running) {
        if (signal.aborted) {
          if (!stop.aborted) await askOnce(ctx, bulkJob);
          return;
        }
        await changePage(ctx, change);
      }
    }
  } finally {
    end();
  }
}

/** Asks for the changes that no process is making. */
export async function goOnChanging(ctx: Needs<'db' | 'queues' | 'redis'>): Promise<void> {
  if (ctx.redis.status !== 'ready') return;
  if ((await ctx.db.read.bulkChange.count({ where: { state: 'running' } })) > 0) await askOnce(ctx, bulkJob);
}

/** A page that is made twice, because the process died before it was written down, finds its messages changed. */
async function changePage(ctx: BulkNeeds, change: BulkChange): Promise<void> {
  const beganAt = ctx.clock.monotonic();
  try {
    const { pks, examined, cursor } = await selectPage(ctx, change, pageSize);
    const { open, ended } = await changeMessages(ctx, change, pks);
    await moveOn(ctx, change, { cursor, examined, changed: open.length + ended.length });
    // A job that waits for the old time, or at the old priority, would stand in the way of the new one.
    await removeJobs(ctx, [...open, ...ended]);
    await queueAgain(ctx, open);
    for (const message of ended)
      ctx.metrics.attemptEnded(message, { status: message.status, at: ctx.clock.now() }, message);
    if (ended.length > 0) ctx.enqueueReport(change.tenantId);
  } catch (error) {
    if (isUnavailable(error)) throw error;
    await endBulkChange(ctx, change.id, reasonOf(error));
    ctx.log.error(
      { event: 'bulk.failed', err: error, change: change.id },
      'A change of many messages broke off',
    );
  }
  // Other work goes on in half of the time.
  await ctx.clock.sleep(ctx.clock.monotonic() - beganAt);
}

/** What Redis does not take is queued by the sweep. */
async function queueAgain(ctx: BulkNeeds, open: Parameters<typeof addSendJobs>[1]): Promise<void> {
  if (open.length === 0 || ctx.redis.status !== 'ready') return;
  await addSendJobs(ctx, open).catch((error: unknown) => {
    const facts = { event: 'bulk.add_failed', reason: reasonOf(error) };
    ctx.log.warn(facts, 'Changed messages could not be queued; the sweep will queue them');
  });
}
