// Everything a process with the worker role does beside answering HTTP: sends, reports, sweeps, and shows that it lives.

import { openInFlight } from '../concurrency/in-flight.js';
import { reasonOf } from '../errors.js';
import { scheduleRetention } from '../maintenance/retention.js';
import { restoreAfterLoss, restoreAfterSetBack, scheduleSweep, sweep } from '../maintenance/sweep.js';
import { startCalls } from '../queue/enqueue-report.js';
import { parseWake, wakeChannel } from '../queue/wake-channel.js';
import { wakeOwners } from '../queue/wake-owners.js';
import { releaseLostClaims } from '../store/messages/release-dead-claims.js';
import type { WorkersContext } from './context.js';
import { watchClock } from './detect-clock-set-back.js';
import { openReportWorker } from './report-worker.js';
import { openRetentionWorker } from './retention-worker.js';
import { openAccountWorkers } from './scheduler.js';
import { openSweepWorker } from './sweep-worker.js';

export interface Workers {
  /** Takes no new jobs; resolves when those under way are finished. */
  close(): Promise<void>;
}

/** How often a process asks whether Redis still has what was put there. */
const lookAfterRedisMs = 1000;
const releaseEveryMs = 5000;

export async function runWorkers(ctx: WorkersContext): Promise<Workers> {
  const inFlight = openInFlight();
  const accounts = openAccountWorkers(ctx, inFlight);
  const listener = ctx.redis.duplicate();
  listener.on('error', (error) => ctx.log.debug({ err: error }, 'wake listener'));
  listener.on('message', (_channel, said: string) => {
    const { queueName, news } = parseWake(said);
    if (news === 'lifted') accounts.lift(queueName);
    else if (news === 'urgent') accounts.hurry(queueName);
    else accounts.wake(queueName);
  });
  await listener.subscribe(wakeChannel(ctx.config.redisPrefix));
  const reports = openReportWorker(ctx, inFlight);
  const sweeps = openSweepWorker(ctx);
  const retention = openRetentionWorker(ctx, inFlight);

  await startCalls(ctx);
  await scheduleSweep(ctx);
  await scheduleRetention(ctx);
  if (!(await restoreAfterLoss(ctx))) await sweep(ctx);
  await wakeOwners(ctx);

  let looking = false;
  let setBack = false;
  const wasSetBack = watchClock(ctx.clock);
  const stopLooking = ctx.clock.every(lookAfterRedisMs, () => {
    setBack = wasSetBack() || setBack;
    if (looking || ctx.redis.status !== 'ready') return;
    looking = true;
    look()
      .catch((error: unknown) => ctx.log.warn({ reason: reasonOf(error) }, 'Redis could not be looked after'))
      .finally(() => {
        looking = false;
      });
  });

  async function look(): Promise<void> {
    await restoreAfterLoss(ctx);
    if (!setBack) return;
    await restoreAfterSetBack(ctx);
    setBack = false;
  }

  const stopReleasing = ctx.clock.every(releaseEveryMs, () => {
    releaseLostClaims(ctx).catch((error: unknown) =>
      ctx.log.debug({ reason: reasonOf(error) }, 'lost claims'),
    );
  });

  return {
    async close() {
      stopLooking();
      stopReleasing();
      listener.disconnect();
      const closed = Promise.all([accounts.close(), reports.close(), sweeps.close(), retention.close()]);
      await inFlight.drained();
      await Promise.race([closed, redisIsAway(ctx)]);
    },
  };
}

/** Without Redis a BullMQ worker never finishes closing; nothing is lost, for the database knows all that counts. */
function redisIsAway({ redis }: WorkersContext): Promise<void> {
  return new Promise((resolve) => {
    if (redis.status === 'ready') redis.once('close', resolve);
    else resolve();
  });
}
