// What all BullMQ workers of this service have in common.
import type { WorkerOptions } from 'bullmq';
import type { Needs } from '../context.js';

export function workerOptions(ctx: Needs<'redis' | 'config'>): WorkerOptions {
  return {
    connection: ctx.redis,
    prefix: ctx.config.redisPrefix,
    removeOnComplete: { count: 0 },
    removeOnFail: { count: 0 },
    // How soon work goes on once Redis is back.
    runRetryDelay: 500,
    lockDuration: 60_000,
  };
}
