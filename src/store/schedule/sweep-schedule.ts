// When the sweep checks a message next: the values of the column `next_sweep_at`.
import type { Config } from '../../config.js';
import { Prisma } from '../generated/sqlite/client.js';

/** Values from here on mark a parked message, which the sweep never takes. */
export const parkedFrom = Number.MAX_SAFE_INTEGER - 3;

/** The value of a parked row of `messages`. It contains the priority, so that the rows are in the order of sending. */
export const parked = Prisma.sql`(CAST(${parkedFrom} AS BIGINT) + messages.priority)`;

/** Every message that is not parked is swept at least once an hour. */
export const longestPauseMs = 3_600_000;

/** For a row of `messages` that is being swept now: soon, so that it is swept again if this process dies meanwhile. */
export function sweepSoon(now: number, sweepAgainMs: number): Prisma.Sql {
  return Prisma.sql`${dueOrNow(now)} + CAST(${sweepAgainMs} AS BIGINT)`;
}

/**
 * For a row of `messages` that was swept now: later by its age, so that a message in a long queue is swept ever more rarely.
 * @param sweepAgainMs the shortest time until the next sweep
 */
export function sweepByAge(now: number, sweepAgainMs: number): Prisma.Sql {
  const time = Prisma.sql`CAST(${now} AS BIGINT)`;
  return Prisma.sql`${dueOrNow(now)} + CASE
    WHEN due_at > ${time} OR ${time} - created_at < CAST(${sweepAgainMs} AS BIGINT) THEN CAST(${sweepAgainMs} AS BIGINT)
    WHEN ${time} - created_at > CAST(${longestPauseMs} AS BIGINT) THEN CAST(${longestPauseMs} AS BIGINT)
    ELSE ${time} - created_at END`;
}

function dueOrNow(now: number): Prisma.Sql {
  const time = Prisma.sql`CAST(${now} AS BIGINT)`;
  return Prisma.sql`CASE WHEN due_at > ${time} THEN due_at ELSE ${time} END`;
}

/** How long before a message is due the worker of its account is started, in case it was closed for lack of work. */
export function wakeAheadMs(config: Pick<Config, 'sweepIntervalSeconds'>): number {
  return config.sweepIntervalSeconds * 3 * 1000;
}

/** When the sweep first checks a message that is stored now: after one interval, or shortly before the message is due. */
export function firstSweepAt(
  config: Pick<Config, 'sweepIntervalSeconds'>,
  now: number,
  dueAt: number,
): number {
  return Math.max(now + config.sweepIntervalSeconds * 1000, dueAt - wakeAheadMs(config));
}
