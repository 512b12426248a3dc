// Finds processes of the service that died, so that other processes can take over their messages and send slots.

import type { Needs } from '../context.js';
import { sql } from '../db/sql.js';
import { rows } from '../db/transaction.js';
import { thisHost } from './this-host.js';

/**
 * Processes count as dead after `GMP_PROCESS_TIMEOUT_SECONDS` without a heartbeat. A process of this host is dead as soon
 * as the operating system knows no process of its id. Heartbeats of this host are timed with the monotonic clock that its
 * processes share: by the wall clock, all processes would seem silent once it is set ahead.
 */
export async function findDeadProcesses(
  ctx: Needs<'db' | 'clock' | 'config' | 'processId'>,
): Promise<string[]> {
  const timeoutMs = ctx.config.processTimeoutSeconds * 1000;
  const host = thisHost();
  const others = await ctx.db.read.process.findMany({ where: { id: { not: ctx.processId } } });
  const isDead = (other: (typeof others)[number]) =>
    other.host === host
      ? !isRunning(other.pid) || ctx.clock.monotonic() - Number(other.heartbeatMonotonicAt) > timeoutMs
      : ctx.clock.now() - Number(other.heartbeatAt) > timeoutMs;
  return others.filter(isDead).map(({ id }) => id);
}

/**
 * Processes that hold claims or send slots but have no row. Such a process was taken for dead, still claimed messages, and
 * ended before its next heartbeat. A living process registers again within seconds, so only claims older than
 * `GMP_PROCESS_TIMEOUT_SECONDS` count.
 */
export async function findUnregisteredClaimants(
  ctx: Needs<'db' | 'clock' | 'config' | 'processId'>,
): Promise<string[]> {
  const now = ctx.clock.now();
  const claimedBefore = now - ctx.config.processTimeoutSeconds * 1000;
  const claimants = await ctx.db.query(
    rows<{ id: string }>(sql`
      SELECT m.claimed_by AS id FROM messages m
      WHERE m.next_sweep_at >= 0 AND m.next_sweep_at <= ${now} AND m.status = 'sending'
        AND m.updated_at <= ${claimedBefore} AND m.claimed_by <> ${ctx.processId}
        AND NOT EXISTS (SELECT 1 FROM processes p WHERE p.id = m.claimed_by)
      UNION ALL SELECT s.process_id AS id FROM send_slots s
      WHERE s.at <= ${claimedBefore} AND s.process_id <> ${ctx.processId}
        AND NOT EXISTS (SELECT 1 FROM processes p WHERE p.id = s.process_id)`),
  );
  return [...new Set(claimants.map(({ id }) => id))];
}

/** Whether no other process of this installation is running, so that this start is the start of the whole service. */
export async function isAlone(ctx: Needs<'db' | 'clock' | 'config' | 'processId'>): Promise<boolean> {
  const others = await ctx.db.read.process.count({ where: { id: { not: ctx.processId } } });
  return others === (await findDeadProcesses(ctx)).length;
}

/** A row of another start with our own process id: that start is over, because the system has reused the id. */
function isRunning(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: the process exists and belongs to another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
