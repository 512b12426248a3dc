// The heartbeat of a process: the row that shows other processes that it runs, and the time it was last renewed.
import type { Needs } from '../context.js';
import { thisHost } from './this-host.js';

/** Renews the heartbeat of this process. Registers the process again if others took it for dead and removed its row. */
export async function sendHeartbeat(
  ctx: Needs<'db' | 'clock' | 'config' | 'processId'>,
  version: string,
): Promise<void> {
  const heartbeatAt = BigInt(ctx.clock.now());
  const heartbeatMonotonicAt = BigInt(ctx.clock.monotonic());
  const [updated] = await ctx.db.writeModels<[{ count: number }]>((models) => [
    models.process.updateMany({ where: { id: ctx.processId }, data: { heartbeatAt, heartbeatMonotonicAt } }),
  ]);
  if (updated.count === 0) await registerProcess(ctx, version);
}

/** Adds the row of this process. The wall clock times it for other hosts, the monotonic clock for this host. */
export async function registerProcess(
  ctx: Needs<'db' | 'config' | 'clock' | 'processId'>,
  version: string,
): Promise<void> {
  const now = BigInt(ctx.clock.now());
  const heartbeatMonotonicAt = BigInt(ctx.clock.monotonic());
  const row = {
    id: ctx.processId,
    host: thisHost(),
    pid: process.pid,
    roles: ctx.config.roles.join(','),
    version,
  };
  await ctx.db.writeModels((models) => [
    models.process.create({ data: { ...row, startedAt: now, heartbeatAt: now, heartbeatMonotonicAt } }),
  ]);
}

/** Removes the row when this process ends in order, so that others take over at once. */
export async function removeProcess(ctx: Needs<'db' | 'processId'>): Promise<void> {
  await ctx.db.writeModels((models) => [models.process.deleteMany({ where: { id: ctx.processId } })]);
}

/** Whether any worker process has sent a heartbeat within `GMP_PROCESS_TIMEOUT_SECONDS`. */
export async function isAnyWorkerAlive(ctx: Needs<'db' | 'clock' | 'config'>): Promise<boolean> {
  const since = BigInt(ctx.clock.now() - ctx.config.processTimeoutSeconds * 1000);
  return (
    (await ctx.db.read.process.count({
      where: { roles: { contains: 'worker' }, heartbeatAt: { gte: since } },
    })) > 0
  );
}
