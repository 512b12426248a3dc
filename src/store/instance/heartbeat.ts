// The heartbeat of each process: a row that says it runs, renewed every few seconds.
import type { Needs } from '../context.js';
import { thisHost } from './this-host.js';

/** Tells the others that this process lives; puts it back if it was taken for dead. */
export async function sendHeartbeat(
  ctx: Needs<'db' | 'clock' | 'config' | 'processId'>,
  version: string,
): Promise<void> {
  const heartbeatAt = BigInt(ctx.clock.now());
  const heartbeatMonotonicAt = BigInt(ctx.clock.monotonic());
  const [updated] = await ctx.db.write<[{ count: number }]>((client) => [
    client.process.updateMany({ where: { id: ctx.processId }, data: { heartbeatAt, heartbeatMonotonicAt } }),
  ]);
  if (updated.count === 0) await registerProcess(ctx, version);
}

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
  await ctx.db.write((client) => [
    client.process.create({ data: { ...row, startedAt: now, heartbeatAt: now, heartbeatMonotonicAt } }),
  ]);
}

export async function removeProcess(ctx: Needs<'db' | 'processId'>): Promise<void> {
  await ctx.db.write((client) => [client.process.deleteMany({ where: { id: ctx.processId } })]);
}

/** Whether a process that sends has shown that it lives. */
export async function isAnyoneSending(ctx: Needs<'db' | 'clock' | 'config'>): Promise<boolean> {
  const since = BigInt(ctx.clock.now() - ctx.config.processTimeoutSeconds * 1000);
  return (
    (await ctx.db.read.process.count({
      where: { roles: { contains: 'worker' }, heartbeatAt: { gte: since } },
    })) > 0
  );
}
