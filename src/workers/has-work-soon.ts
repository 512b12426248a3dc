// Whether a send queue has jobs now or soon.
import { wakeAheadMs } from '../store/schedule/sweep-schedule.js';
import type { Needs } from './context.js';

/** Only a worker moves delayed jobs to the jobs that are due, so a queue with a job due soon keeps its worker. */
export async function hasWorkSoon(ctx: Needs<'redis' | 'queues' | 'clock' | 'config'>, queueName: string) {
  if (ctx.redis.status !== 'ready') return true;
  const queue = ctx.queues.send(queueName);
  const counts = await queue.getJobCounts('wait', 'prioritized', 'active');
  if (Object.values(counts).some((n) => n > 0)) return true;
  const [next] = await queue.getDelayed(0, 0);
  if (next === undefined) return false;
  const dueInMs = next.timestamp + next.delay - ctx.clock.now();
  return dueInMs < ctx.config.accountIdleSeconds * 1000 + 2 * wakeAheadMs(ctx.config);
}
