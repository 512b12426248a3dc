// When the sweep looks at a message next, as its row has it.
import type { Config } from '../../config.js';
import { Prisma } from '../generated/sqlite/client.js';

/** From here on up: never, because it is put aside. */
export const parkedFrom = Number.MAX_SAFE_INTEGER - 3;

/** For a row of `messages` that is put aside: by priority, so that they stand in the order in which they are to leave. */
export const parked = Prisma.sql`(CAST(${parkedFrom} AS BIGINT) + messages.priority)`;

/** A message that may leave is looked at once an hour at least. */
export const longestPauseMs = 3_600_000;

/** For a row of `messages` that is looked at now: as soon as may be, should whoever looks at it die over that. */
export function sweepSoon(now: number, sweepAgainMs: number): Prisma.Sql {
  return Prisma.sql`${dueOrNow(now)} + CAST(${sweepAgainMs} AS BIGINT)`;
}

/**
 * For a row of `messages` that was looked at now: after its age, so that a message in a long queue is looked at ever more
 * rarely.
 * @param sweepAgainMs how long it is left alone at least
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

/** How long before a message is due its account is woken: a worker that was closed for want of work is back in time. */
export function wakeAheadMs(config: Pick<Config, 'sweepIntervalSeconds'>): number {
  return config.sweepIntervalSeconds * 3 * 1000;
}

/** When the sweep first looks after a message that is stored now: soon, or shortly before it is due. */
export function firstSweepAt(
  config: Pick<Config, 'sweepIntervalSeconds'>,
  now: number,
  dueAt: number,
): number {
  return Math.max(now + config.sweepIntervalSeconds * 1000, dueAt - wakeAheadMs(config));
}
