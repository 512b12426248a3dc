// When the sweep checks a message next: the values of the column `next_sweep_at`.

import type { Config } from '../../config.js';
import { type Sql, sql } from '../db/sql.js';

/** Values from here on mark a parked message, which the sweep never takes. */
export const parkedFrom = Number.MAX_SAFE_INTEGER - 3;

/** The value of a parked row of `messages`. It contains the priority, so that the rows are in the order of sending. */
export const parked = sql`(${parkedFrom} + messages.priority)`;

/** For a row `m` of messages that is swept at that time, unless it is parked. */
export function unlessParked(at: number, priority = sql`m.priority`): Sql {
  return sql`CASE WHEN m.next_sweep_at >= ${parkedFrom} THEN ${parkedFrom} + ${priority} ELSE ${at} END`;
}

/** Every message that is not parked is swept at least once an hour. */
export const longestPauseMs = 3_600_000;

/** For a row of `messages` that is being swept now: soon, so that the next sweep finds it if this process dies. */
export function sweepSoon(now: number, sweepAgainMs: number): Sql {
  return sql`${dueOrNow(now)} + ${sweepAgainMs}`;
}

/**
 * For a row of `messages` that was swept now: later by its age, so that a message in a long queue is swept ever more rarely.
 * @param sweepAgainMs the shortest time until the next sweep
 */
export function sweepByAge(now: number, sweepAgainMs: number): Sql {
  return sql`${dueOrNow(now)} + CASE
    WHEN due_at > ${now} OR ${now} - created_at < ${sweepAgainMs} THEN ${sweepAgainMs}
    WHEN ${now} - created_at > ${longestPauseMs} THEN ${longestPauseMs}
    ELSE ${now} - created_at END`;
}

function dueOrNow(now: number): Sql {
  return sql`CASE WHEN due_at > ${now} THEN due_at ELSE ${now} END`;
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
