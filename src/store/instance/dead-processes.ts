// Finds the processes of the service that died, so that their messages and slots can be given to others.
import type { Needs } from '../context.js';
import { thisHost } from './this-host.js';

/**
 * The processes that are certainly or very probably gone: silent for `GMP_PROCESS_TIMEOUT_SECONDS`, or of this host
 * and without a running process behind their id. On this host silence is measured by the clock all its processes share:
 * when the wall clock is set ahead, all others seem to have been silent for long.
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
 * Processes that hold claims or slots and have no row: they were taken for dead, went on and claimed, and ended before
 * they put themselves back. One that lives does that within seconds, so a claim has to be as old as a silence.
 */
export async function findUnregisteredClaimants(
  ctx: Needs<'db' | 'clock' | 'config' | 'processId'>,
): Promise<string[]> {
  const now = ctx.clock.now();
  const claimedBefore = now - ctx.config.processTimeoutSeconds * 1000;
  const strangers = await ctx.db.read.$queryRaw<{ id: string }[]>`
    SELECT m.claimed_by AS id FROM messages m
    WHERE m.next_sweep_at <= CAST(${now} AS BIGINT) AND m.status = 'sending'
      AND m.updated_at <= CAST(${claimedBefore} AS BIGINT) AND m.claimed_by <> ${ctx.processId}
      AND NOT EXISTS (SELECT 1 FROM processes p WHERE p.id = m.claimed_by)
    UNION ALL SELECT s.process_id AS id FROM send_slots s
    WHERE s.at <= CAST(${claimedBefore} AS BIGINT) AND s.process_id <> ${ctx.processId}
      AND NOT EXISTS (SELECT 1 FROM processes p WHERE p.id = s.process_id)`;
  return [...new Set(strangers.map(({ id }) => id))];
}

/** Whether no other process of this installation is running: then this start is the start of all of it. */
export async function isAlone(ctx: Needs<'db' | 'clock' | 'config' | 'processId'>): Promise<boolean> {
  const others = await ctx.db.read.process.count({ where: { id: { not: ctx.processId } } });
  return others === (await findDeadProcesses(ctx)).length;
}

/** Our own process id under another start's name means that start is over. */
function isRunning(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
