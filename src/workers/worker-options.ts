// What all BullMQ workers of this service have in common.
import type { WorkerOptions } from 'bullmq';
import type { Needs } from './context.js';

/** How long a job stays locked after its process has died. */
export const lockMs = 10_000;

export function workerOptions(ctx: Needs<'redis' | 'config'>): WorkerOptions {
  return {
    connection: ctx.redis,
    prefix: ctx.config.redisPrefix,
    removeOnComplete: { count: 0 },
    removeOnFail: { count: 0 },
    // How soon work goes on once Redis is back.
    runRetryDelay: 500,
    // A killed process leaves jobs marked as active, some of them before it claimed their message. Other workers take these
    // jobs only after the lock has expired. BullMQ renews locks at half time. A job that runs twice finds nothing to claim.
    lockDuration: lockMs,
    stalledInterval: 5000,
  };
}
