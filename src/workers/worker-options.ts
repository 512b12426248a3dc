// What all BullMQ workers of this service have in common.
import type { WorkerOptions } from 'bullmq';
import type { Needs } from './context.js';

export function workerOptions(ctx: Needs<'redis' | 'config'>): WorkerOptions {
  return {
    connection: ctx.redis,
    prefix: ctx.config.redisPrefix,
    removeOnComplete: { count: 0 },
    removeOnFail: { count: 0 },
    // How soon work goes on once Redis is back.
    runRetryDelay: 500,
    // A killed process leaves jobs marked as under way, some of them before their message was claimed; nobody else takes
    // those until the mark runs out and is looked at. Renewed at half time; a job that runs twice finds nothing to claim.
    lockDuration: 10_000,
    stalledInterval: 5000,
  };
}
