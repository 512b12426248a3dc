// Reads the history of a tenant, or of all together, in steps that fit a chart.
import { latencyWithin } from '../../domain/latency.js';
import type { Needs } from '../context.js';
import { join, type Sql, sql, verbatim } from '../db/sql.js';
import { rows } from '../db/transaction.js';
import {
  type Counted,
  counted,
  depthColumns,
  everyone,
  historyTables,
  hourMs,
  latencyColumns,
  minuteMs,
  startOf,
} from './columns.js';

const [minutes, hours] = historyTables;

/** Which table has the range, and in how many steps of what length it is shown. */
const shapes = {
  hour: { table: minutes, stepMs: minuteMs, steps: 60 },
  day: { table: minutes, stepMs: 10 * minuteMs, steps: 144 },
  week: { table: hours, stepMs: hourMs, steps: 168 },
  quarter: { table: hours, stepMs: 12 * hourMs, steps: 180 },
} as const;

export type Range = keyof typeof shapes;

export const ranges = Object.keys(shapes) as Range[];

interface Summary extends Record<Counted, number> {
  /** Milliseconds from acceptance to sent, of half and of 95 % of the messages; undefined where none was sent. */
  p50: number | undefined;
  p95: number | undefined;
  /** At most, in milliseconds. */
  reportLagMs: number;
  /** Unsent messages by priority, at most. */
  depths: number[];
}

/** A step of time, which begins at `at`. */
export interface Point extends Summary {
  at: number;
}

export interface History {
  stepMs: number;
  /** Every step of the range, the last one up to now. */
  points: Point[];
  total: Summary;
}

type Row = Record<string, bigint | number>;

/** @param tenantId undefined: of all tenants together */
export async function readHistory(
  ctx: Needs<'db' | 'clock'>,
  tenantId: string | undefined,
  range: Range,
): Promise<History> {
  const { table, stepMs, steps } = shapes[range];
  const last = startOf(ctx.clock.now(), stepMs);
  const first = last - (steps - 1) * stepMs;
  const found = await ctx.db.query(rows<Row>(select(table.name, tenantId ?? everyone, first, stepMs)));
  const byStep = new Map(found.map((row) => [Number(row.step) * stepMs, row]));
  const points = Array.from({ length: steps }, (_, n) => {
    const at = first + n * stepMs;
    return { at, ...summarize([byStep.get(at) ?? {}]) };
  });
  return { stepMs, points, total: summarize(found) };
}

function select(table: Sql, tenantId: string, from: number, stepMs: number): Sql {
  const sums = [...counted, ...latencyColumns].map(
    (name) => sql`SUM(${verbatim(name)}) AS ${verbatim(name)}`,
  );
  const highest = ['report_lag_ms', ...depthColumns].map(
    (name) => sql`MAX(${verbatim(name)}) AS ${verbatim(name)}`,
  );
  return sql`SELECT at / ${stepMs} AS step, ${join([...sums, ...highest])} FROM ${table}
    WHERE tenant_id = ${tenantId} AND at >= ${from} GROUP BY 1`;
}

function summarize(found: Row[]): Summary {
  const sum = (name: string) => found.reduce((all, row) => all + Number(row[name] ?? 0), 0);
  const highest = (name: string) => Math.max(0, ...found.map((row) => Number(row[name] ?? 0)));
  const latencies = latencyColumns.map(sum);
  return {
    accepted: sum('accepted'),
    sent: sum('sent'),
    deferred: sum('deferred'),
    failed: sum('failed'),
    bounced: sum('bounced'),
    p50: latencyWithin(latencies, 0.5),
    p95: latencyWithin(latencies, 0.95),
    reportLagMs: highest('report_lag_ms'),
    depths: depthColumns.map(highest),
  };
}
