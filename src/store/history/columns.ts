// The tables and columns of the history: what is added up over a step of time, and what is kept at its highest.
import { latencyClasses } from '../../domain/latency.js';
import { type Sql, sql } from '../db/sql.js';

/** By column, the type of the events that it counts. */
export const countedTypes = {
  accepted: 'queued',
  sent: 'sent',
  deferred: 'deferred',
  failed: 'error',
  bounced: 'bounce',
} as const;

export type Counted = keyof typeof countedTypes;

export const counted = Object.keys(countedTypes) as Counted[];

export const latencyColumns = Array.from({ length: latencyClasses }, (_, n) => `latency_${n}`);

/** By priority. */
export const depthColumns = ['depth_0', 'depth_1', 'depth_2', 'depth_3'] as const;

/** The tenant id of the rows of all tenants together. No tenant has it. */
export const everyone = '';

export const minuteMs = 60_000;
export const hourMs = 3_600_000;

interface HistoryTable {
  name: Sql;
  /** How much time a row is about. */
  stepMs: number;
}

const minutes: HistoryTable = { name: sql`history_minutes`, stepMs: minuteMs };
const hours: HistoryTable = { name: sql`history_hours`, stepMs: hourMs };

export const historyTables = [minutes, hours] as const;

/** The start of the step that a time lies in. */
export function startOf(at: number, stepMs: number): number {
  return Math.floor(at / stepMs) * stepMs;
}
