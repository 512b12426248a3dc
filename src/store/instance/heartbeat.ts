// The heartbeat of a process: the row that shows other processes that it runs, and the time it was last renewed.
import type { Needs } from '../context.js';
import { sql } from '../db/sql.js';
import { run } from '../db/transaction.js';
import { thisHost } from './this-host.js';

/** Renews the heartbeat of this process. Registers the process again if others took it for dead and removed its row. */
export async function sendHeartbeat(
  ctx: Needs<'db' | 'clock' | 'config' | 'processId'>,
  version: string,
): Promise<void> {
  const { updated } = await ctx.db.transaction({
    updated: run(sql`UPDATE processes SET heartbeat_at = ${ctx.clock.now()},
        heartbeat_monotonic_at = ${ctx.clock.monotonic()}
      WHERE id = ${ctx.processId}`),
  });
  if (updated === 0) await registerProcess(ctx, version);
}

/** Adds the row of this process. The wall clock times it for other hosts, the monotonic clock for this host. */
export async function registerProcess(
  ctx: Needs<'db' | 'config' | 'clock' | 'processId'>,
  version: string,
): Promise<void> {
  const now = ctx.clock.now();
  await ctx.db.transaction({
    registered: run(sql`INSERT INTO processes (id, host, pid, roles, version, started_at, heartbeat_at,
        heartbeat_monotonic_at)
      VALUES (${ctx.processId}, ${thisHost()}, ${process.pid}, ${ctx.config.roles.join(',')}, ${version}, ${now}, ${now},
        ${ctx.clock.monotonic()})`),
  });
}

/** Removes the row when this process ends in order, so that others take over at once. */
export async function removeProcess(ctx: Needs<'db' | 'processId'>): Promise<void> {
  await ctx.db.transaction({ removed: run(sql`DELETE FROM processes WHERE id = ${ctx.processId}`) });
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
