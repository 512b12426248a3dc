// The sliding windows that limits are counted in, and their arithmetic: when an entry leaves a window, and when a full
// window has room again. The log numbers the entries of a scope (send-log.ts), so the entry `limit` places back decides
// alone: while it stands in the window, the window is full.

import { join, type Sql, sql, verbatim } from '../db/sql.js';

export type WindowName = 'minute' | 'hour' | 'day' | 'tenant_hour' | 'tenant_day';

export interface Window {
  /** Also the column of `withLimits` that holds its limit: 0 where there is none. */
  name: WindowName;
  lengthMs: number;
  /** Whose sends it counts. */
  of: 'account' | 'tenant';
}

const minuteMs = 60_000;
const hourMs = 3_600_000;
export const dayMs = 86_400_000;

export const windows: readonly Window[] = [
  { name: 'minute', lengthMs: minuteMs, of: 'account' },
  { name: 'hour', lengthMs: hourMs, of: 'account' },
  { name: 'day', lengthMs: dayMs, of: 'account' },
  { name: 'tenant_hour', lengthMs: hourMs, of: 'tenant' },
  { name: 'tenant_day', lengthMs: dayMs, of: 'tenant' },
];

/**
 * An entry leaves a window this much late: the server's clock and ours differ a little on the same moment, and a time in
 * milliseconds is cut off.
 */
const marginMs = 2;

/** How long an entry stands in a window. */
export function staysMs({ lengthMs }: Window): number {
  return lengthMs + marginMs;
}

/** Names of the columns that hold the limits of a window's account or tenant. */
function namesOf(of: Window['of']): WindowName[] {
  return windows.filter((window) => window.of === of).map(({ name }) => name);
}

/** A condition on a row of `withLimits`: its account, or its tenant, has a limit. */
export function hasLimit(of: Window['of']): Sql {
  return sql`(${join(
    namesOf(of).map((name) => verbatim(`j.${name} > 0`)),
    ' OR ',
  )})`;
}

/** The state of a window, as SQL expressions over a row of `withLimits`. */
interface Standing {
  scope: Sql;
  /** The number and the time of the newest entry of its scope; 0 where there is none. */
  lastN: Sql;
  lastAt: Sql;
  /** How many sends have to fit on top of the entries: those in flight, those ahead in line, and this one. */
  wanted: Sql;
}

/** A condition: the window has no limit, or has room for the sends wanted. @param now of `SendClock` */
export function hasRoom(window: Window, { scope, lastN, lastAt, wanted }: Standing, now: number): Sql {
  const limit = verbatim(`j.${window.name}`);
  return sql`(${limit} = 0 OR (${wanted} <= ${limit} AND NOT EXISTS (
    SELECT 1 FROM send_log l WHERE l.scope = ${scope} AND l.n = ${lastN} - ${limit} + ${wanted}
      AND l.at > ${notBefore(lastAt, now)} - ${staysMs(window)})))`;
}

/** The time now, or that of the newest entry where another host's time line is ahead. */
export function notBefore(lastAt: Sql, now: number): Sql {
  return sql`CASE WHEN ${lastAt} > ${now} THEN ${lastAt} ELSE ${now} END`;
}

/**
 * The time of the entry that has to leave the window before the message at this place in line has room; NULL when there
 * is none.
 * @param ahead how many sends come before it: those in flight and those ahead in line
 */
export function decidingEntry({ name }: Window, scope: Sql, ahead: Sql): Sql {
  const limit = verbatim(`j.${name}`);
  return sql`(SELECT l.at FROM send_log l WHERE l.scope = ${scope} AND l.n =
    (SELECT s.last_n FROM send_scopes s WHERE s.scope = ${scope}) - ${limit} + 1
    + (${ahead}) % NULLIF(${limit}, 0))`;
}

export interface FullWindow {
  name: WindowName;
  limit: number;
  /** Milliseconds until it has room for the message; undefined while sends in flight fill it. */
  opensInMs: number | undefined;
}

/** The state of a window for a message at a place in line. */
interface WindowState {
  limit: number;
  /** Sends in flight that count in it. */
  inFlight: number;
  /** The place in line, from 1. */
  rank: number;
  /** Of `SendClock`, but no earlier than the newest entry. */
  now: number;
  /** From `decidingEntry`. */
  decidingAt: number | undefined;
}

/** Undefined when the window has no limit, or has room. */
export function fullness(window: Window, state: WindowState): FullWindow | undefined {
  const { limit, inFlight, rank, now, decidingAt } = state;
  const { name, lengthMs } = window;
  if (limit === 0) return undefined;
  if (inFlight >= limit) return { name, limit, opensInMs: undefined };
  // When more sends come before the message than the window takes at once, whole windows have to pass as well.
  const rounds = Math.floor((inFlight + rank - 1) / limit);
  const untilItLeaves = decidingAt === undefined ? 0 : Math.max(0, decidingAt + staysMs(window) - now);
  const opensInMs = untilItLeaves + rounds * lengthMs;
  if (opensInMs <= 0) return undefined;
  // A send in flight may yet give its slot back to the first in line.
  const mayOpenAnyTime = rank === 1 && inFlight > 0;
  return { name, limit, opensInMs: mayOpenAnyTime ? undefined : opensInMs };
}
